import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { contextOf, later, ofProxy, unmarked } from "../support/front-door.ts";
import { signsInAs } from "../support/login.ts";
import { memory, newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";

describe("A user's own token", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  const names = (id: string) => jenkins.tokens(id).map(({ tokenName }) => tokenName);

  /** The context of the user `id`, behind a proxy that answers 404 to each path with `refused` in it. */
  async function behind(refused: RegExp, id: string, secret: string): Promise<Context> {
    newProcess();
    jenkins = await startJenkins({ users: [{ id, password: `${id}-password` }] });
    jenkins.intercept = ({ path }) => (refused.test(path) ? ofProxy("reply", { status: 404, body: "no" }) : undefined);
    const value = secret === "an API token" ? jenkins.generate(id, "login").tokenValue : undefined;
    return contextOf(jenkins.url, id, value);
  }

  const proxies: [what: string, refused: RegExp, id: string][] = [
    ["refuses %5C in a path", /%5C|%2F/i, "DOMAIN\\jane"],
    ["refuses %2F in a path", /%5C|%2F/i, "a/b"],
    ["refuses all paths below /user/", /\/user\//, "alice"],
    ["refuses all paths below /user/", /\/user\//, "DOMAIN\\jane"],
  ];
  for (const [what, refused, id] of proxies) {
    for (const secret of ["a password", "an API token"]) {
      it(`of ${id} is created, read, renamed and revoked by ${secret} in four runs if a proxy ${what}`, async () => {
        const context = await behind(refused, id, secret);
        const others = names(id);
        const token = new Engine(context);
        await token.up({ tokenName: "ci" });
        assert.deepEqual([names(id), await signsInAs(jenkins, token)], [[...others, "ci"], id]);
        assert.ok(await later(token, context).refresh());
        assert.equal(await later(token, context).up({ tokenName: "other" }), "update");
        assert.deepEqual(names(id), [...others, "other"]);
        await later(token, context).destroy();
        assert.deepEqual(names(id), others);
      });
    }

    it(`of ${id} reads and revokes itself without other credentials if a proxy ${what}`, async () => {
      const context = await behind(refused, id, "a password");
      const token = new Engine(context);
      await token.up({ tokenName: "ci" });
      const alone = { ...context, environment: {} };
      assert.ok(await later(token, alone).refresh());
      await later(token, alone).destroy();
      assert.deepEqual(names(id), []);
    });
  }
});

describe("A Jenkins that hides its version, and whose login page is closed", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  const closed: Record<string, { status: number; headers?: Record<string, string>; body?: string }> = {
    "a 302": { status: 302, headers: { Location: "https://sso.example.com/" } },
    "a 403": { status: 403, body: "<h1>Forbidden</h1>" },
    "a 404": { status: 404, body: "<h1>Not Found</h1>" },
  };
  const isLogin = (path: string) => path === "/login";

  async function start(answer: Parameters<typeof ofProxy>[1]): Promise<void> {
    newProcess();
    jenkins = await startJenkins();
    jenkins.passBack = unmarked;
    jenkins.intercept = ({ path }) => (isLogin(path) ? ofProxy("reply", answer) : undefined);
  }

  for (const [what, answer] of Object.entries(closed)) {
    for (const secret of ["a password", "an API token"]) {
      it(`by ${what}, works with ${secret}`, async () => {
        await start(answer);
        const value = secret === "an API token" ? jenkins.generate("alice", "login").tokenValue : undefined;
        const others = jenkins.tokens("alice").length;
        const context = contextOf(jenkins.url, "alice", value);
        const token = new Engine(context);
        await token.up({ tokenName: "ci" });
        assert.ok(await later(token, context).refresh());
        await later(token, context).destroy();
        assert.equal(jenkins.tokens("alice").length, others);
      });
    }

    it(`by ${what}, is waited for while it starts`, async () => {
      await start(answer);
      const waiting = 2;
      let looks = 0;
      jenkins.intercept = ({ path }) => {
        if (isLogin(path)) return ofProxy("reply", answer);
        return ++looks <= waiting ? ofProxy("reply", { status: 502 }) : undefined;
      };
      const connection = { url: jenkins.url, username: "alice", password: "alice-password", waitForReadySeconds: 20 };
      const { waitForReadyMs: _, repeatMs: __, ...limits } = quick;
      const token = new Engine({
        config: undefined,
        memory: memory(),
        environment: {},
        limits: { ...limits, repeatMs: 0 },
      });
      await token.up({ autoName: "project/stack/ci", connection });
      assert.deepEqual([jenkins.tokens("alice").length, looks > waiting], [1, true]);
    });

    it(`by ${what}, is examined by doctor as far as possible`, async () => {
      await start(answer);
      const { code, said } = await command(["doctor"], { environment: loginOf(jenkins.url, "alice") });
      assert.equal(code, 0, said);
      assert.match(said, /^✔ logged in +as alice$/m);
      assert.match(said, /^✔ CSRF +protection is on/m);
      assert.match(said, /^✔ tokens +alice can create tokens/m);
      assert.match(said, /^! expiry +unknown, because Jenkins does not show its version/m);
      assert.doesNotMatch(said, /is version/);
    });
  }
});
