import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "mocha";
import { exchange } from "../../provider/jenkins/exchange.ts";
import { dispatchFor } from "../../provider/jenkins/http.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { type Gateway, startGateway, type Wanted } from "../support/gateway.ts";
import { type Host, PROVIDER, startHost } from "../support/host.ts";
import { startPlugin } from "../support/plugin-process.ts";
import { certificate, clientCertificate, clientKey } from "../support/tls.ts";
import { startForwardProxy } from "./forward-proxy.ts";

const inputs = { tokenName: "ci", __provider: PROVIDER };
const DOOR = { "Proxy-Authorization": "Bearer door-secret-0123456789", "X-Door": "other-secret-4567" };
const secrets = /door-secret|other-secret/;

describe("A gateway before Jenkins", () => {
  let jenkins: Jenkins;
  let gateway: Gateway;

  beforeEach(async () => {
    jenkins = await startJenkins();
  });

  afterEach(async () => {
    await gateway.close();
    await jenkins.close();
  });

  /** Starts a gateway, and returns the environment of a user behind it. */
  async function behind(wanted: Wanted): Promise<Record<string, string>> {
    gateway = await startGateway(jenkins.url, wanted);
    return { ...loginOf(gateway.url, "alice"), JENKINS_CA_CERT: certificate };
  }

  async function whole(environment: Record<string, string>, stackConfig = {}): Promise<void> {
    const host = await startHost(environment, stackConfig);
    try {
      await livesOnce(host);
      assert.doesNotMatch(host.printed, secrets);
    } finally {
      await host.end();
    }
    assert.deepEqual(jenkins.tokens("alice"), []);
  }

  async function livesOnce(host: Host): Promise<void> {
    const { id, outs } = await host.create(inputs);
    assert.doesNotMatch(JSON.stringify(outs), secrets);
    const { outs: read } = await host.read(id, outs);
    await host.delete(id, await host.update(id, read, { ...inputs, tokenName: "renamed" }));
  }

  const door: Wanted = { header: ["proxy-authorization", DOOR["Proxy-Authorization"]] };

  it("gets its headers with each request, from the environment or the stack config", async () => {
    const environment = await behind(door);
    const { JENKINS_URL = "" } = environment;
    await whole({ ...environment, JENKINS_HEADERS: JSON.stringify(DOOR) });
    await whole(environment, { "jenkins:url": JENKINS_URL, "jenkins:headers": JSON.stringify(DOOR) });
    const seen = gateway.seen.map((headers) => [headers["proxy-authorization"], headers["x-door"]]);
    assert.ok(seen.length > 6);
    assert.ok(seen.every((values) => values.join() === Object.values(DOOR).join()));
    const { authorization, "user-agent": agent, host } = gateway.seen.at(-1) ?? {};
    assert.match(authorization ?? "", /^Basic /);
    assert.deepEqual([agent, host], ["pulumi-jenkins", new URL(gateway.url).host]);
  });

  it("gets its headers from the plugin's provider config, as a map with a secret value and as JSON", async () => {
    const { JENKINS_URL, JENKINS_USER_ID, JENKINS_PASSWORD } = await behind(door);
    const login = { url: JENKINS_URL, username: JENKINS_USER_ID, password: JENKINS_PASSWORD, caCert: certificate };
    const wrapped = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: DOOR["X-Door"] };
    const plugin = await startPlugin({ environment: {} });
    try {
      for (const headers of [{ ...DOOR, "X-Door": wrapped }, JSON.stringify(DOOR)]) {
        assert.deepEqual((await plugin.checkConfig({ ...login, headers })).failures, []);
        await plugin.configure({ ...login, headers } as never);
        await livesOnce(plugin);
      }
    } finally {
      await plugin.end();
    }
    assert.deepEqual(new Set(gateway.seen.map((headers) => headers["x-door"])), new Set([DOOR["X-Door"]]));
  });

  it("gets its headers from the program's `connection`, and they are in no output", async () => {
    const { JENKINS_URL, ...environment } = await behind(door);
    const host = await startHost(environment);
    const connection = { url: JENKINS_URL, headers: DOOR };
    const { outs } = await host.create({ ...inputs, connection });
    assert.deepEqual(outs["connection"], { url: JENKINS_URL });
    await host.end();
  });

  it("gets its headers through a forward proxy's tunnel, and the proxy does not see them", async () => {
    const environment = await behind(door);
    const proxy = await startForwardProxy("joe:pass-of-joe");
    const HTTPS_PROXY = proxy.url.replace("//", "//joe:pass-of-joe@");
    const tunnels: unknown[] = [];
    proxy.onConnect = ({ headers }) => tunnels.push(headers["x-door"], headers["proxy-authorization"]);
    await whole({ ...environment, HTTPS_PROXY, JENKINS_HEADERS: JSON.stringify(DOOR) });
    await proxy.close();
    const ofProxy = `Basic ${Buffer.from("joe:pass-of-joe").toString("base64")}`;
    assert.deepEqual(new Set(tunnels), new Set([undefined, ofProxy]));
    assert.ok(gateway.seen.every((headers) => headers["x-door"] === DOOR["X-Door"]));
  });

  it("gets Jenkins' crumb, and not a header of the same name from the setting", async () => {
    const environment = await behind({});
    const crumbs = JSON.stringify({ "My-Crumb": "other-secret-4567" });
    await jenkins.close();
    jenkins = await startJenkins({ crumbRequestField: "My-Crumb" });
    await gateway.close();
    gateway = await startGateway(jenkins.url, {});
    await whole({ ...environment, JENKINS_URL: gateway.url, JENKINS_HEADERS: crumbs });
    const posts = jenkins.requests("POST", "generateNewToken");
    assert.ok(posts.every(({ headers }) => headers["my-crumb"] && !secrets.test(String(headers["my-crumb"]))));
  });

  it("can't bring a header's value into a message by repeating it in a refusal", async () => {
    const environment = await behind({});
    const echo = createServer((request, response) => {
      response.writeHead(400).end(`no: ${request.headers["x-door"]} ${request.headers["x-bearer"]}`);
    });
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const JENKINS_URL = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const headers = { "X-Door": DOOR["X-Door"], "X-Bearer": "Bearer door-secret-0123456789" };
    const host = await startHost({ ...environment, JENKINS_URL, JENKINS_HEADERS: JSON.stringify(headers) });
    await assert.rejects(
      host.create(inputs),
      (error: Error) => /answered 400/.test(error.message) && !secrets.test(error.message),
    );
    await host.end();
    echo.closeAllConnections();
    echo.close();
  });

  it("that demands a client certificate gets it, also through a proxy, and gets no request without it", async () => {
    const environment = await behind({ certificate: true });
    const shown = { JENKINS_CLIENT_CERTIFICATE: clientCertificate, JENKINS_CLIENT_KEY: clientKey };
    await whole({ ...environment, ...shown });
    const proxy = await startForwardProxy();
    await whole({ ...environment, ...shown, HTTPS_PROXY: proxy.url });
    assert.ok(proxy.seen.length > 0);
    await proxy.close();
    const before = gateway.seen.length;
    const request = { tried: "Trying", method: "GET", url: gateway.url, headers: {} } as const;
    await assert.rejects(exchange(request, await dispatchFor({ caCert: certificate }), 5_000), /failed/);
    assert.equal(gateway.seen.length, before);
  });

  it("is shown by doctor with the names of its headers, and with the certificate", async () => {
    const environment = await behind({ ...door, certificate: true });
    const shown = { JENKINS_CLIENT_CERTIFICATE: clientCertificate, JENKINS_CLIENT_KEY: clientKey };
    const given = { ...environment, ...shown, JENKINS_HEADERS: JSON.stringify(DOOR) };
    const { code, said, aside } = await command(["doctor"], { environment: given });
    assert.equal(code, 0, said + aside);
    assert.match(said, /^✔ gateway +headers Proxy-Authorization, X-Door, from JENKINS_HEADERS$/m);
    assert.match(said, /^✔ TLS .*; showing JENKINS_CLIENT_CERTIFICATE$/m);
    assert.doesNotMatch(said + aside, secrets);
  });
});
