import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Controller } from "../../../provider/jenkins/controller.ts";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { Tokens } from "../../../provider/jenkins/tokens.ts";
import { type Interception, type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { gate } from "../../support/plugin-held.ts";
import { byPassword, byToken, clientOf } from "../../support/quick.ts";

describe("tokens", () => {
  let jenkins: Jenkins;
  let controller: Controller;

  beforeEach(async () => {
    jenkins = await startJenkins({ contextPath: "/ci", generateMs: 3, adminCanGenerateNewTokens: true });
    controller = new Controller(jenkins.url);
  });

  afterEach(() => jenkins.close());

  /** The tokens of a user, through one of several clients in one process. */
  const of = (userId: string, signedIn = userId) =>
    new Tokens(clientOf(jenkins.url, byPassword(signedIn), {}, controller), userId);
  const names = (userId: string) => jenkins.tokens(userId).map(({ tokenName }) => tokenName);
  const pages = () => jenkins.requests("GET", "security").length;

  function answer(endpoint: string, ...answers: (Interception | undefined)[]): void {
    jenkins.intercept = ({ path }) => (path.includes(`/${endpoint}`) ? answers.shift() : undefined);
  }

  it("a token is created with the given name, which is sent in the body and not in the url", async () => {
    const name = `a & b = "c" + %41 <é>`;
    const { tokenName, tokenUuid, tokenValue, createdAt } = await of("alice").generate({ tokenName: name });
    assert.deepEqual([tokenName, names("alice")], [name, [name]]);
    assert.equal(jenkins.tokens("alice")[0]?.tokenUuid, tokenUuid);
    assert.match(tokenValue, /^11[0-9a-f]{32}$/);
    assert.ok(Math.abs(createdAt.getTime() - Date.now()) < 30_000);
    const [post] = jenkins.requests("POST", "generateNewToken");
    assert.equal(post?.path, "/ci/me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken");
    assert.equal(post?.form["newTokenName"], name);
  });

  it("a create that is not sent, because the login was refused meanwhile, has no effect", async () => {
    const own = jenkins.generate("alice", "login");
    const { tokenUuid } = jenkins.generate("alice", "to revoke");
    const client = clientOf(jenkins.url, byToken("alice", own.tokenValue), {}, controller);
    const tokens = new Tokens(client, "alice");
    answer("revoke", { kind: "reply", status: 200 }); // A proxy says that it is done, so the list has to confirm it.
    const revoking = tokens.revoke(tokenUuid);
    jenkins.revoke("alice", own.tokenUuid);
    await assert.rejects(revoking, { code: "ERR_JENKINS_FORBIDDEN", effect: "possible" });
    await assert.rejects(tokens.generate({ tokenName: "new" }), { code: "ERR_JENKINS_FORBIDDEN", effect: "none" });
    assert.equal(jenkins.requests("POST", "generateNewToken").length, 0);
  });

  it("another user's token is created at that user's url", async () => {
    await of("alice", "admin").generate({ tokenName: "by admin" });
    assert.deepEqual(names("alice"), ["by admin"]);
    const [post] = jenkins.requests("POST", "generateNewToken");
    assert.match(String(post?.path), /^\/ci\/user\/alice\/descriptorByName/);
  });

  it("a token is renamed with a reply in JSON and, up to 2.504, with an empty reply", async () => {
    const { tokenUuid } = jenkins.generate("alice", "old");
    await of("alice").rename(tokenUuid, "new");
    assert.deepEqual(names("alice"), ["new"]);
    await jenkins.close();
    jenkins = await startJenkins({ version: "2.499", contextPath: "/ci" });
    controller = new Controller(jenkins.url);
    const older = jenkins.generate("alice", "old");
    await of("alice").rename(older.tokenUuid, "newer");
    assert.deepEqual(names("alice"), ["newer"]);
  });

  it("an empty 200 to a rename is an error if this version of Jenkins answers in JSON", async () => {
    const { tokenUuid } = jenkins.generate("alice", "old");
    answer("rename", { kind: "reply", status: 200 });
    const alice = clientOf(jenkins.url, byPassword("alice"));
    await alice.whoAmI(); // The reply has the version of Jenkins.
    const renamed = new RestTokens(alice, "alice").rename(tokenUuid, "new");
    await assert.rejects(renamed, { code: "ERR_JENKINS_UNEXPECTED", message: /not JSON/ });
  });

  it("renaming a missing token fails with an error that says what to do", async () => {
    await assert.rejects(of("alice").rename("4f1c", "new"), {
      code: "ERR_JENKINS_REJECTED",
      message: `Renaming API token 4f1c of alice to "new" failed: POST ${jenkins.url}/user/alice/descriptorByName/jenkins.security.ApiTokenProperty/rename answered 200: No token found, try refreshing the page. Run \`pulumi refresh\`: a token that no longer exists then leaves the state.`,
    });
  });

  it("revoking a token revokes only this one, and succeeds a second time", async () => {
    const { tokenUuid } = jenkins.generate("alice", "one");
    jenkins.generate("alice", "other");
    await of("alice").revoke(tokenUuid);
    await of("alice").revoke(tokenUuid);
    assert.deepEqual(names("alice"), ["other"]);
  });

  it("a 200 with a page is an error after a revoke", async () => {
    answer("revoke", { kind: "reply", status: 200, body: "<title>Sign in</title>" });
    await assert.rejects(of("alice").revoke("4f1c"), { code: "ERR_JENKINS_UNEXPECTED", message: /not JSON/ });
  });

  const value = `11${"0".repeat(32)}`;
  const uuid = "4f1c0000-0000-4000-8000-000000000000";
  const bad: [what: string, data: unknown, why: RegExp][] = [
    ["no data", undefined, /\(data: /],
    ["no value", { tokenName: "ci", tokenUuid: uuid }, /\(data\.tokenValue: /],
    [
      "a value of another form",
      { tokenName: "ci", tokenUuid: uuid, tokenValue: value.slice(1) },
      /is not 11 followed by 32 hexadecimal digits/,
    ],
    ["no uuid", { tokenName: "ci", tokenValue: value }, /\(data\.tokenUuid: /],
    ["a uuid of another form", { tokenName: "ci", tokenUuid: "legacy", tokenValue: value }, /\(data\.tokenUuid: /],
  ];
  for (const [what, data, why] of bad) {
    it(`a reply to generate with ${what} is an error, and a token may exist`, async () => {
      answer("generateNewToken", { kind: "reply", status: 200, body: JSON.stringify({ status: "ok", data }) });
      await assert.rejects(
        new RestTokens(clientOf(jenkins.url, byPassword("alice")), "alice").generate({ tokenName: "ci" }),
        {
          code: "ERR_JENKINS_UNEXPECTED",
          effect: "possible",
          message: why,
        },
      );
    });
  }

  describe("the list", () => {
    it("is read once for simultaneous and for later calls", async () => {
      jenkins.generate("alice", "one");
      const tokens = of("alice");
      const lists = await Promise.all(Array.from({ length: 10 }, () => tokens.list()));
      assert.deepEqual(new Set(lists.map((list) => list.length)), new Set([1]));
      await tokens.list();
      assert.equal(pages(), 1);
    });

    it("is shared by all sessions, separately for each user", async () => {
      jenkins.generate("alice", "one");
      assert.deepEqual([(await of("alice").list()).length, (await of("alice", "admin").list()).length], [1, 1]);
      assert.deepEqual(await of("bob").list(), []);
      assert.equal(pages(), 2);
    });

    const changes: Record<string, (uuid: string) => Promise<unknown>> = {
      generating: () => of("alice").generate({ tokenName: "new" }),
      renaming: (tokenUuid) => of("alice").rename(tokenUuid, "new"),
      revoking: (tokenUuid) => of("alice").revoke(tokenUuid),
    };
    for (const [what, change] of Object.entries(changes)) {
      it(`is read again after ${what} in any session, also if that failed`, async () => {
        const { tokenUuid } = jenkins.generate("alice", "old");
        const tokens = of("alice", "admin");
        await tokens.list();
        await change(tokenUuid);
        assert.deepEqual(new Set((await tokens.list()).map(({ tokenName }) => tokenName)), new Set(names("alice")));
        jenkins.intercept = ({ method }) => (method === "POST" ? { kind: "replace", status: 501 } : undefined);
        await assert.rejects(change(jenkins.tokens("alice")[0]?.tokenUuid ?? "none"));
        assert.deepEqual(new Set((await tokens.list()).map(({ tokenName }) => tokenName)), new Set(names("alice")));
      });
    }

    it("that is read during a change is not kept", async () => {
      const tokens = of("alice");
      const { passed: until, open } = gate();
      answer("generateNewToken", { kind: "wait", until });
      const made = tokens.generate({ tokenName: "new" });
      while (jenkins.requests("POST", "generateNewToken").length === 0) await sleep(1);
      assert.deepEqual(await tokens.list(), []);
      open();
      await made;
      assert.equal((await tokens.list()).length, 1);
    });

    it("that can't be read is read again by the next call", async () => {
      const tokens = of("alice");
      answer("security", { kind: "reply", status: 200, body: "<title>Proxy</title>" });
      await assert.rejects(tokens.list(), { code: "ERR_JENKINS_UNEXPECTED" });
      assert.deepEqual(await tokens.list(), []);
    });

    it("is always read again by listNow", async () => {
      const tokens = of("alice");
      await tokens.list();
      jenkins.generate("alice", "by hand");
      assert.equal((await tokens.listNow()).length, 1);
    });
  });

  it("changes of one user never disturb each other, however many there are", async () => {
    const { tokenValue } = jenkins.generate("alice", "login");
    const logins = [byPassword("alice"), byToken("alice", tokenValue), byPassword("admin")];
    const stores = logins.map((login) => new Tokens(clientOf(jenkins.url, login, {}, controller), "alice"));
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, at) => stores[at % 3]?.generate({ tokenName: `token ${at}` })),
    );
    await Promise.all(made.map((token, at) => stores[at % 3]?.rename(token?.tokenUuid ?? "", `renamed ${at}`)));
    assert.equal(jenkins.tokens("alice").length, 21);
    await Promise.all(made.map((token, at) => stores[at % 3]?.revoke(token?.tokenUuid ?? "")));
    assert.deepEqual(names("alice"), ["login"]);
    assert.deepEqual(new Set(jenkins.work.map(({ status }) => status)), new Set([200]));
  });

  it("a change that fails does not stop the next one", async () => {
    const tokens = of("alice");
    answer("generateNewToken", { kind: "reply", status: 400 });
    const [first, second] = await Promise.allSettled([
      tokens.generate({ tokenName: "one" }),
      tokens.generate({ tokenName: "two" }),
    ]);
    assert.deepEqual([first?.status, second?.status], ["rejected", "fulfilled"]);
  });

  it("changes of different users do not wait for each other", async () => {
    const bob = of("bob");
    await bob.generate({ tokenName: "one" });
    const { passed: until, open } = gate();
    answer("generateNewToken", { kind: "wait", until });
    const slow = of("alice").generate({ tokenName: "slow" });
    while (jenkins.requests("POST", "generateNewToken").length < 2) await sleep(1);
    await bob.generate({ tokenName: "other" });
    assert.deepEqual([names("alice"), names("bob")], [[], ["one", "other"]]);
    open();
    await slow;
  });
});
