import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "../support/process.ts";
import { printed, quick } from "../support/quick.ts";

const { read, remove, update } = resources.ApiToken;
const autoNamed = { autoName: "project/stack/ci" };

describe("lifecycle, with deletes and other servers:", () => {
  let jenkins: Jenkins;
  let other: Jenkins;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
    other = await startJenkins();
  });

  afterEach(async () => {
    await jenkins.close();
    await other.close();
  });

  function as(id?: string, url: string | undefined = jenkins.url, config?: Record<string, string>): Context {
    const login: Record<string, string> = id ? { JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` } : {};
    const environment = { ...login, ...(url && { JENKINS_URL: url }) };
    return { config: config && { get: (key) => config[key] }, environment, memory: memory(), limits: quick };
  }

  async function created(program: Properties = autoNamed, context = as("alice")): Promise<Engine> {
    const token = new Engine(context);
    await token.up(program);
    return token;
  }

  /** Lets the next operation belong to another run of Pulumi, with this context. */
  function later(token: Engine, context: Context): Engine {
    newProcess();
    token.context = context;
    return token;
  }

  function loseAnswer(when: "before" | "after"): void {
    const answers = [{ kind: "drop" as const, when }];
    jenkins.intercept = ({ path }) => (path.endsWith("/revoke") ? answers.shift() : undefined);
  }

  const left = () => jenkins.tokens("alice").length;

  describe("destroy", () => {
    it("revokes the token", async () => {
      const token = await created();
      await token.destroy();
      assert.equal(left(), 0);
    });

    it("succeeds for a token that is already revoked", async () => {
      const token = await created();
      const { id, outputs } = token;
      jenkins.revoke("alice", id);
      await token.destroy();
      await remove(id, outputs, as("admin"));
    });

    it("succeeds for a token whose user is gone", async () => {
      const token = await created();
      jenkins.removeUser("alice");
      await later(token, as("admin")).destroy();
    });

    it("fails if Jenkins has moved to another path", async () => {
      const token = await created();
      later(token, as("admin"));
      jenkins.intercept = () => ({ kind: "reply", status: 404, body: "<h1>Welcome</h1>" });
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_REJECTED", status: 404 });
      assert.ok(token.recorded);
    });

    it("can be done by an administrator", async () => {
      await later(await created(), as("admin")).destroy();
      assert.equal(left(), 0);
    });

    it("is done by the token itself if there is no login", async () => {
      await later(await created(), as(undefined, undefined)).destroy();
      assert.equal(left(), 0);
      assert.equal(jenkins.requests("POST", "revoke")[0]?.login, "token");
    });

    it("is done by the token itself after the password has changed", async () => {
      const token = later(await created(), as("alice"));
      jenkins.setPassword("alice", "changed");
      await token.destroy();
      assert.equal(left(), 0);
    });

    it("is done by the token itself, even if the connection breaks before the effect", async () => {
      const token = later(await created(), as(undefined, undefined));
      loseAnswer("before");
      await token.destroy();
      assert.equal(left(), 0);
    });

    it("by the token itself fails if the reply is lost, and names the settings to check the result", async () => {
      const token = later(await created(), as(undefined, undefined));
      loseAnswer("after");
      await assert.rejects(token.destroy(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /can't be told: .*Set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN/,
      });
      await later(token, as("alice")).destroy();
      assert.equal(left(), 0);
    });

    it("by the token itself fails if Jenkins keeps failing", async () => {
      const token = later(await created(), as(undefined, undefined));
      jenkins.intercept = ({ path }) => (path.endsWith("/revoke") ? { kind: "reply", status: 501 } : undefined);
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_UNEXPECTED", status: 501 });
      assert.equal(left(), 1);
    });

    it("is done by the token itself if another ordinary user logs in", async () => {
      await later(await created(), as("bob")).destroy();
      assert.equal(left(), 0);
    });

    it("is done by a login that this run got as an argument, if the token is invalid", async () => {
      const connection = { url: jenkins.url, username: "alice", password: "alice-password" };
      const token = await created({ ...autoNamed, connection, user: "ALICE" }, as(undefined, undefined));
      jenkins.revoke("alice", token.id);
      await token.destroy();
    });

    it("is requested again if Jenkins fails, although it may have been carried out", async () => {
      const token = await created();
      const answers = [
        { kind: "replace" as const, status: 500 },
        { kind: "drop" as const, when: "after" as const },
      ];
      jenkins.intercept = ({ path }) => (path.endsWith("/revoke") ? answers.shift() : undefined);
      await token.destroy();
      assert.deepEqual([left(), jenkins.requests("POST", "revoke").length], [0, 3]);
    });

    it("fails, and names the settings, if no login may revoke the token", async () => {
      const token = await created();
      jenkins.revoke("alice", token.id);
      later(token, as("bob"));
      await assert.rejects(token.destroy(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /^Revoking API token [0-9a-f-]{36} of alice is not possible, .*bob lacks the permission .*Set JENKINS_URL/,
      });
    });

    it("fails, and names the settings, for a token without a value if there is no login", async () => {
      const { id, outputs, context } = later(await created(), as(undefined, undefined));
      const { tokenValue, ...valueless } = outputs;
      await assert.rejects(remove(id, valueless, context), {
        message: /no login for its Jenkins is known, and its own value isn't either/,
      });
    });

    it("warns once if the run revokes the token that it logs in with", async () => {
      const token = await created();
      const { tokenValue } = token.outputs;
      const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: String(tokenValue) };
      const sibling = await created();
      later(token, { ...token.context, environment });
      sibling.context = token.context;
      const lines = await printed(() => token.destroy());
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", /The login of alice \(from: environment\) no longer works/);
      assert.doesNotMatch(lines[0] ?? "", new RegExp(String(tokenValue)));
      await sibling.destroy();
      assert.equal(left(), 0);
    });
  });

  describe("no credential reaches another Jenkins", () => {
    const sent = (server: Jenkins) => server.log.map(({ headers }) => headers.authorization).filter(Boolean);

    const elsewhere: [what: string, program: () => Properties, context: () => Context][] = [
      ["if the environment names the other one", () => autoNamed, () => as("alice", other.url)],
      [
        "if the stack config names the other one",
        () => autoNamed,
        () =>
          as(undefined, undefined, {
            "jenkins:url": other.url,
            "jenkins:username": "alice",
            "jenkins:password": "alice-password",
          }),
      ],
      [
        "if the other one's url is declared with a login from the environment",
        () => autoNamed,
        () => as("alice", "", { "jenkins:url": other.url }),
      ],
      [
        "if the token was created by its own login",
        () => ({ ...autoNamed, connection: { url: jenkins.url, username: "alice", password: "alice-password" } }),
        () => as("bob", ""),
      ],
    ];
    for (const [what, program, context] of elsewhere) {
      it(`in refresh and destroy ${what}: the token reads and revokes itself`, async () => {
        const token = later(await created(program()), context());
        const { tokenValue } = token.outputs;
        jenkins.log.length = 0;
        const own = `Basic ${Buffer.from(`alice:${tokenValue}`).toString("base64")}`;
        const { outputs, id } = token;
        assert.equal((await read(id, outputs, token.context)).id, id);
        await token.destroy();
        assert.equal(left(), 0);
        // A refresh checks whether Jenkins has moved to a declared url, with the login for that url.
        const isDeclared = token.context.config?.get("jenkins:url") === other.url;
        const configured = `Basic ${Buffer.from("alice:alice-password").toString("base64")}`;
        assert.deepEqual(
          [new Set(sent(jenkins)), new Set(sent(other))],
          [new Set([own]), new Set(isDeclared ? [configured] : [])],
        );
      });
    }

    it("in an up that moves the token: each server gets only its own login", async () => {
      const login = (url: string, id: string) => ({ connection: { url, username: id, password: `${id}-password` } });
      const token = await created({ ...autoNamed, ...login(jenkins.url, "alice") }, as(undefined, undefined));
      assert.equal(await token.up({ ...autoNamed, ...login(other.url, "bob") }), "replace");
      assert.deepEqual([left(), other.tokens("bob").length], [0, 1]);
      assert.deepEqual(new Set(other.work.map(({ signedInAs }) => signedInAs)), new Set(["bob"]));
      assert.deepEqual(new Set(jenkins.work.map(({ signedInAs }) => signedInAs)), new Set(["alice"]));
    });

    it("in an update whose login is for the other one", async () => {
      const token = await created();
      const connection = { url: other.url, username: "bob", password: "bob-password" };
      const news = { tokenName: "renamed", connection };
      jenkins.log.length = 0;
      await update(token.id, token.outputs, news, as(undefined, undefined));
      assert.deepEqual([jenkins.tokens("alice")[0]?.tokenName, other.log], ["renamed", []]);
      assert.deepEqual(new Set(jenkins.work.map(({ signedInAs }) => signedInAs)), new Set(["alice"]));
    });

    it("in an up in a build of the other Jenkins, which fails before any request", async () => {
      const token = later(await created(), as("alice", other.url));
      jenkins.log.length = 0;
      await assert.rejects(token.up(autoNamed), {
        code: "ERR_JENKINS_SETTINGS",
        message: /lives on .*, but JENKINS_URL is/,
      });
      assert.deepEqual([jenkins.log, other.log], [[], []]);
    });
  });

  describe("a lookup", () => {
    it("finds the name and the owner of a token that was created by hand, but not its value", async () => {
      const { tokenUuid } = jenkins.generate("alice", "by hand");
      const found = await read(tokenUuid, { user: "ALICE", __provider: "text" }, as("admin"));
      assert.deepEqual(found, {
        id: tokenUuid,
        props: { user: "ALICE", tokenUuid, tokenName: "by hand", userId: "alice", jenkinsUrl: jenkins.url },
        inputs: { user: "ALICE", tokenName: "by hand" },
      });
    });

    it("of a user's own token needs only its uuid", async () => {
      const { tokenUuid } = jenkins.generate("alice", "by hand");
      assert.equal((await read(tokenUuid, {}, as("alice"))).props["userId"], "alice");
    });

    it("is refreshed like any other", async () => {
      const { tokenUuid } = jenkins.generate("alice", "by hand");
      const { props } = await read(tokenUuid, {}, as("alice"));
      jenkins.rename("alice", tokenUuid, "renamed");
      newProcess();
      assert.equal((await read(tokenUuid, props, as("alice"))).props["tokenName"], "renamed");
    });

    it("fails for an unknown token and for an unknown user", async () => {
      const uuid = "4f1c0000-0000-4000-8000-000000000000";
      await assert.rejects(read(uuid, {}, as("alice")), { message: /there is no such token/ });
      await assert.rejects(read(uuid, { user: "nobody" }, as("alice")), { message: /There is no such user/ });
    });
  });
});
