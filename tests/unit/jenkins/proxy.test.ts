import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it } from "mocha";
import { startJenkins } from "../../jenkins/server.ts";
import { type ForwardProxy, startForwardProxy } from "../../proxies/forward-proxy.ts";
import { type Host, PROVIDER, startHost } from "../../support/host.ts";
import { certificate, key } from "../../support/tls.ts";

/** Through a host of its own, because the environment's proxy is read once a process. */
async function through(environment: Record<string, string>, act: (host: Host) => Promise<void>): Promise<void> {
  const host = await startHost({ JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password", ...environment });
  try {
    await act(host);
  } finally {
    await host.end();
  }
}

async function withProxy(login: string | undefined, act: (proxy: ForwardProxy) => Promise<void>): Promise<void> {
  const proxy = await startForwardProxy(login);
  try {
    await act(proxy);
  } finally {
    await proxy.close();
  }
}

const inputs = { autoName: "shop/dev/ci", tokenName: "shop/dev/ci-00000000", __provider: PROVIDER };

describe("A proxy on the way", () => {
  it("is used where HTTP_PROXY names one, with the login that its url carries", async () => {
    const jenkins = await startJenkins();
    await withProxy("joe:pass-of-joe", async (proxy) => {
      const HTTP_PROXY = proxy.url.replace("//", "//joe:pass-of-joe@");
      await through({ JENKINS_URL: jenkins.url, HTTP_PROXY }, async (host) => {
        const { id, outs } = await host.create(inputs);
        await host.delete(id, outs);
      });
      assert.equal(proxy.seen.length, jenkins.log.length);
    });
    assert.equal(jenkins.requests("POST", "revoke").length, 1);
    await jenkins.close();
  });

  it("is not used for a Jenkins that NO_PROXY names", async () => {
    const jenkins = await startJenkins();
    await withProxy(undefined, async (proxy) => {
      const environment = { JENKINS_URL: jenkins.url, HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" };
      await through(environment, async (host) => {
        const { id, outs } = await host.create(inputs);
        await host.delete(id, outs);
      });
      assert.deepEqual(proxy.seen, []);
    });
    await jenkins.close();
  });

  it("that wants a login says so, and what to do, and nothing has been sent to Jenkins", async () => {
    const jenkins = await startJenkins();
    await withProxy("joe:pass-of-joe", async (proxy) => {
      const HTTP_PROXY = proxy.url.replace("//", "//joe:wrong-pass-of-joe@");
      await through({ JENKINS_URL: jenkins.url, HTTP_PROXY }, async (host) => {
        await assert.rejects(host.create(inputs), /the proxy on the way answered 407.*HTTPS_PROXY or HTTP_PROXY/);
        assert.doesNotMatch(host.printed, /pass-of-joe/);
      });
    });
    assert.deepEqual(jenkins.log, []);
    await jenkins.close();
  });

  it("tunnels to a Jenkins with https, whose certificate is checked", async () => {
    const server = createServer({ cert: certificate, key }, (_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const JENKINS_URL = `https://localhost:${port}`;
    await withProxy(undefined, async (proxy) => {
      await through({ JENKINS_URL, HTTPS_PROXY: proxy.url }, async (host) => {
        await assert.rejects(host.create(inputs), /certificate is not signed by an authority that this machine trusts/);
      });
      await through({ JENKINS_URL, HTTPS_PROXY: proxy.url, JENKINS_CA_CERT: certificate }, async (host) => {
        await assert.rejects(host.create(inputs), /answered 404.*is not the root URL of a Jenkins/);
      });
      assert.ok(proxy.seen.every((request) => request === `CONNECT localhost:${port}`));
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("that refuses to tunnel says so", async () => {
    await withProxy("joe:pass-of-joe", async (proxy) => {
      const environment = { JENKINS_URL: "https://jenkins.example.com", HTTPS_PROXY: proxy.url };
      await through(environment, async (host) => {
        await assert.rejects(host.create(inputs), /the proxy on the way answered 407.*It wants a login/);
      });
    });
  });
});
