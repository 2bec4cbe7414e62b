import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Memory } from "../../../provider/resources/context.ts";
import { resources } from "../../../provider/resources/index.ts";
import { type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { withProxy } from "../../proxies/forward-proxy.ts";
import { loginOf } from "../../support/command.ts";
import { quick } from "../../support/quick.ts";

describe("A proxy on the way", () => {
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

  it("that answers 407 after Jenkins has created a token leaves no token that is not in the state", async () => {
    const jenkins = await startJenkins();
    const refusing = [{ kind: "replace", status: 407, headers: { "Proxy-Authenticate": "Basic" }, body: "" } as const];
    jenkins.intercept = ({ path }) => (path.endsWith("/generateNewToken") ? refusing.shift() : undefined);
    await withProxy(undefined, async ({ url }) => {
      const environment = { ...loginOf(jenkins.url, "alice"), HTTP_PROXY: url };
      const context = { config: undefined, environment, memory: new Memory(), limits: quick };
      const { id } = await resources.ApiToken.create({ tokenName: "ci" }, context);
      assert.deepEqual(
        jenkins.tokens("alice").map(({ tokenUuid }) => tokenUuid),
        [id],
      );
    });
    await jenkins.close();
  });

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
