import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it } from "mocha";
import { Memory } from "../../../provider/resources/context.ts";
import { resources } from "../../../provider/resources/index.ts";
import { type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { type ForwardProxy, startForwardProxy } from "../../proxies/forward-proxy.ts";
import { loginOf } from "../../support/command.ts";
import { type Host, PROVIDER, startHost } from "../../support/host.ts";
import { certificate, key } from "../../support/tls.ts";

/** Runs `act` with a new host, because a process reads the environment's proxy only once. */
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

const inputs = { autoName: "shop/dev/ci", __provider: PROVIDER };

describe("A proxy on the way", () => {
  it("is used if HTTP_PROXY names one, with the login in its url", async () => {
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

  it("that does not accept its login causes an error with a remedy, and nothing is sent to Jenkins", async () => {
    const jenkins = await startJenkins();
    await withProxy("joe:pass-of-joe", async (proxy) => {
      const HTTP_PROXY = proxy.url.replace("//", "//joe:wrong-pass-of-joe@");
      await through({ JENKINS_URL: jenkins.url, HTTP_PROXY }, async (host) => {
        await assert.rejects(
          host.create(inputs),
          /the proxy 127\.0\.0\.1:\d+ \(from HTTP_PROXY\) answered 407\. It does not accept the login: .*HTTP_PROXY\./,
        );
        assert.doesNotMatch(host.printed, /pass-of-joe/);
      });
    });
    assert.deepEqual(jenkins.log, []);
    await jenkins.close();
  });

  it("tunnels to a Jenkins with https, and the certificate of Jenkins is checked", async () => {
    const server = createServer({ cert: certificate, key }, (_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const JENKINS_URL = `https://localhost:${port}`;
    await withProxy(undefined, async (proxy) => {
      await through({ JENKINS_URL, HTTPS_PROXY: proxy.url }, async (host) => {
        await assert.rejects(host.create(inputs), /certificate is not signed by an authority that this machine trusts/);
      });
      await through({ JENKINS_URL, HTTPS_PROXY: proxy.url, JENKINS_CA_CERT: certificate }, async (host) => {
        await assert.rejects(host.create(inputs), /answered 404.*is not the root url of a Jenkins/);
      });
      assert.ok(proxy.seen.every((request) => request === `CONNECT localhost:${port}`));
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("that refuses to tunnel causes an error that says so", async () => {
    await withProxy("joe:pass-of-joe", async (proxy) => {
      const environment = { JENKINS_URL: "https://jenkins.example.com", HTTPS_PROXY: proxy.url };
      await through(environment, async (host) => {
        await assert.rejects(
          host.create(inputs),
          /the proxy 127\.0\.0\.1:\d+ \(from HTTPS_PROXY\) answered 407\. It wants a login/,
        );
      });
    });
  });

  /** Creates, reads and revokes a token in this process, with the environment given to each operation. */
  async function createdThrough(environment: Record<string, string>, jenkins: Jenkins): Promise<void> {
    const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    const context = { config: undefined, environment: { ...login, ...environment }, memory: new Memory() };
    const { id, outs } = await resources.ApiToken.create({ tokenName: "ci" }, context);
    assert.equal((await resources.ApiToken.read(id, outs, context)).id, id);
    await resources.ApiToken.remove(id, outs, context);
  }

  const used: [what: string, login: string | undefined, environment: (host: string) => Record<string, string>][] = [
    ["without a scheme", undefined, (host) => ({ HTTP_PROXY: host })],
    ["beside an empty http_proxy", undefined, (host) => ({ http_proxy: "", HTTP_PROXY: `http://${host}` })],
    ["with a percent sign in its password", "joe:100%", (host) => ({ HTTP_PROXY: `http://joe:100%@${host}` })],
    ["with a password and without a scheme", "joe:a b", (host) => ({ http_proxy: `joe:a%20b@${host}\n` })],
    ["beside a NO_PROXY of others", undefined, (host) => ({ HTTP_PROXY: host, NO_PROXY: "10.0.0.0/8,.example.com" })],
    ["beside an ALL_PROXY", undefined, (host) => ({ HTTP_PROXY: host, ALL_PROXY: "socks5h://127.0.0.1:1" })],
  ];
  for (const [what, login, environment] of used) {
    it(`is used for every request if it is named ${what}`, async () => {
      const jenkins = await startJenkins();
      await withProxy(login, async (proxy) => {
        await createdThrough(environment(new URL(proxy.url).host), jenkins);
        assert.equal(proxy.seen.length, jenkins.log.length);
      });
      await jenkins.close();
    });
  }

  for (const NO_PROXY of ["127.0.0.0/8", "127.*", "localhost,127.0.0.1", "*"]) {
    it(`is not used if NO_PROXY is ${NO_PROXY}`, async () => {
      const jenkins = await startJenkins();
      await withProxy(undefined, async (proxy) => {
        await createdThrough({ HTTP_PROXY: proxy.url, NO_PROXY }, jenkins);
        assert.deepEqual(proxy.seen, []);
      });
      await jenkins.close();
    });
  }

  for (const [variable, value] of [
    ["HTTP_PROXY", "socks5h://joe:hunter2@127.0.0.1:1"],
    ["http_proxy", "ftp://joe:hunter2@127.0.0.1:1"],
    ["ALL_PROXY", "http://joe:hunter2@127.0.0.1:1"],
  ] as const) {
    it(`that can't be used is refused in check, and before anything is sent: ${variable}=${value.replace(/:.*/, "")}`, async () => {
      const jenkins = await startJenkins();
      const environment = { ...loginOf(jenkins.url, "alice"), [variable]: value };
      const context = { config: undefined, environment, memory: new Memory() };
      const { failures } = resources.ApiToken.check({}, { tokenName: "ci" }, context);
      assert.equal(failures.length, 1);
      assert.match(failures[0]?.reason ?? "", new RegExp(`^${variable} `));
      const state = { tokenUuid: "u", userId: "alice", jenkinsUrl: jenkins.url };
      for (const operation of [
        resources.ApiToken.create({ tokenName: "ci" }, context),
        resources.ApiToken.read("u", state, context),
        resources.ApiToken.remove("u", state, context),
      ])
        await assert.rejects(operation, {
          code: "ERR_JENKINS_SETTINGS",
          message: new RegExp(`^${variable} (?!.*hunter2)`),
        });
      assert.deepEqual(jenkins.log, []);
      await jenkins.close();
    });
  }
});
