import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { UnfinishedTokenError } from "../../provider/errors.ts";
import type { Context } from "../../provider/resources/context.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { takeDown } from "../support/held-port.ts";
import { signsInAs } from "../support/login.ts";
import { memory, newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";

const autoNamed = { autoName: "project/stack/ci" };

describe("lifecycle", () => {
  let jenkins: Jenkins;
  let login: string;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
    login = jenkins.generate("alice", "login").tokenValue;
  });

  afterEach(() => jenkins.close());

  /** A context in which `id` logs in, or nobody. */
  function as(id?: "alice" | "bob" | "admin", more: Record<string, string> = {}): Context {
    const secret = id === "alice" ? { JENKINS_API_TOKEN: login } : { JENKINS_PASSWORD: `${id}-password` };
    const environment = id ? { JENKINS_URL: jenkins.url, JENKINS_USER_ID: id, ...secret, ...more } : more;
    return { config: undefined, memory: memory(), environment, limits: quick };
  }

  const made = (id = "alice") => jenkins.tokens(id).filter(({ tokenName }) => tokenName !== "login");
  const names = (id = "alice") => made(id).map(({ tokenName }) => tokenName);
  const posts = () => jenkins.work.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));

  function answer(part: string, ...answers: Interception[]): void {
    jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
  }

  async function created(program: Properties = { tokenName: "ci" }, context = as("alice")): Promise<Engine> {
    const token = new Engine(context);
    await token.up(program);
    return token;
  }

  describe("create", () => {
    it("creates an auto-named token with one POST, and stores all its properties", async () => {
      const token = await created({ ...autoNamed, triggers: { a: "1" }, user: "ALICE" });
      assert.deepEqual(posts(), ["generateNewToken"]);
      const { tokenName, tokenValue, createdAt, __provider, defaultName, ...rest } = token.outputs;
      const [kept] = made();
      assert.equal(defaultName, tokenName);
      assert.match(String(tokenName), /^project\/stack\/ci-[0-9a-f]{8}$/);
      assert.equal(kept?.tokenName, tokenName);
      assert.match(String(tokenValue), /^11[0-9a-f]{32}$/);
      assert.ok(Math.abs(Date.parse(String(createdAt)) - Date.now()) < 30_000);
      assert.deepEqual(rest, {
        ...{ ...autoNamed, triggers: { a: "1" }, user: "ALICE" },
        ...{ tokenUuid: kept?.tokenUuid, userId: "alice", jenkinsUrl: jenkins.url },
      });
      assert.equal(token.id, kept?.tokenUuid);
    });

    it("creates a named token with a temporary name, and renames it", async () => {
      const token = await created({ tokenName: "ci" });
      assert.deepEqual(posts(), ["generateNewToken", "rename"]);
      const first = jenkins.requests("POST", "generateNewToken")[0]?.form["newTokenName"];
      assert.match(String(first), /^ci \(pulumi [0-9a-f]{16}\)$/);
      assert.deepEqual([names(), token.outputs["tokenName"]], [["ci"], "ci"]);
    });

    it("creates a token that logs in as its user", async () => {
      assert.equal(await signsInAs(jenkins, await created()), "alice");
    });

    it("requests whoAmI and a crumb once for all tokens of a run", async () => {
      await Promise.all(Array.from({ length: 20 }, () => created(autoNamed, as("bob"))));
      assert.equal(jenkins.requests("GET", "whoAmI/api/json").length, 1);
      assert.equal(jenkins.requests("GET", "crumbIssuer/api/json").length, 1);
      assert.deepEqual(new Set(jenkins.work.map(({ status }) => status)), new Set([200]));
      assert.equal(made("bob").length, 20);
    });

    it("lets two tokens have the same name", async () => {
      await Promise.all([created(), created()]);
      assert.deepEqual(names(), ["ci", "ci"]);
    });

    it("for another user is refused with an explanation, and leaves no record", async () => {
      const token = new Engine(as("admin"));
      await assert.rejects(token.up({ ...autoNamed, user: "bob" }), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /^Creating the API token "project\/stack\/ci-\w{8}" for bob failed: POST .* answered 403\. Jenkins lets nobody create an API token for another user/,
      });
      assert.deepEqual([token.recorded, made("bob")], [undefined, []]);
    });

    const refused: Record<string, { status: number; headers?: Record<string, string>; body?: string }> = {
      "a 400": { status: 400 },
      "the empty 403": { status: 403 },
      "a 413": { status: 413 },
      "a redirect": { status: 302, headers: { Location: "/" } },
      'status "error"': { status: 200, body: `{"status":"error","message":"no"}` },
    };
    for (const [what, { headers, ...answered }] of Object.entries(refused)) {
      it(`leaves no record after ${what} of Jenkins, because no token was created`, async () => {
        const marked = { ...headers, "X-Content-Type-Options": "nosniff" }; // A mark of Jenkins.
        answer("/generateNewToken", { kind: "reply", ...answered, headers: marked });
        const token = new Engine(as("alice"));
        await assert.rejects(token.up({ tokenName: "ci" }), (error) => !(error instanceof UnfinishedTokenError));
        assert.deepEqual([token.recorded, posts()], [undefined, ["generateNewToken"]]);
      });

      it(`leaves a record, and repeats nothing, after ${what} that a proxy may have sent`, async () => {
        answer("/generateNewToken", { kind: "reply", ...answered, headers: { ...headers, Server: "nginx" } });
        const token = new Engine(as("alice"));
        await assert.rejects(token.up({ tokenName: "ci" }), { code: "ERR_JENKINS_UNFINISHED" });
        assert.match(token.id, /^pending-/);
        assert.deepEqual(posts(), ["generateNewToken"]);
      });
    }

    it("for another user works if Jenkins lets administrators create tokens", async () => {
      await jenkins.close();
      jenkins = await startJenkins({ adminCanGenerateNewTokens: true });
      const token = await created({ tokenName: "by admin", user: "BOB" }, as("admin"));
      assert.deepEqual([names("bob"), token.outputs["userId"], token.outputs["user"]], [["by admin"], "bob", "BOB"]);
    });

    it("keeps the uuid and the value of a token whose rename fails, and the next up renames it", async () => {
      answer("/rename", { kind: "reply", status: 400, body: "<title>no</title>" });
      const token = new Engine(as("alice"));
      await assert.rejects(token.up({ tokenName: "ci" }), {
        code: "ERR_JENKINS_UNFINISHED",
        message:
          /^API token [0-9a-f-]{36} of alice was created, but could not be given its name: .*answered 400: no\..*the next `pulumi up` renames it\.$/,
      });
      const { id, outputs } = token;
      assert.match(String(outputs["tokenName"]), /^ci \(pulumi [0-9a-f]{16}\)$/);
      assert.deepEqual([id, [outputs["tokenName"]]], [made()[0]?.tokenUuid, names()]);
      assert.equal(await token.up({ tokenName: "ci" }), "update");
      assert.deepEqual([names(), token.outputs["tokenValue"]], [["ci"], outputs["tokenValue"]]);
    });

    it("repeats a rename if Jenkins fails", async () => {
      answer("/rename", { kind: "replace", status: 500 }, { kind: "drop", when: "after" });
      await created();
      assert.deepEqual(names(), ["ci"]);
    });

    it("stores no secrets of a login in the arguments", async () => {
      const connection = { url: `${jenkins.url}/`, username: "alice", apiToken: login, requestTimeoutSeconds: 20 };
      const { outputs } = await created({ tokenName: "ci", connection }, as());
      assert.deepEqual(outputs["connection"], {
        ...{ url: `${jenkins.url}/`, username: "alice", requestTimeoutSeconds: 20 },
      });
      assert.doesNotMatch(JSON.stringify(outputs), new RegExp(login));
    });
  });

  describe("refresh", () => {
    it("leaves an unchanged token unchanged", async () => {
      const token = await created();
      const before = token.outputs;
      assert.equal(await token.refresh(), true);
      assert.deepEqual(token.outputs, before);
      assert.equal(await token.up({ tokenName: "ci" }), "same");
    });

    it("reads one page for all tokens of a user", async () => {
      const tokens = await Promise.all([1, 2, 3, 4, 5].map(() => created()));
      await Promise.all(tokens.map((token) => token.refresh()));
      for (const token of tokens) await token.refresh();
      assert.equal(jenkins.requests("GET", "security").length, 1);
    });

    it("finds a token that was renamed by hand, and the next up restores its name", async () => {
      const token = await created();
      const { tokenValue } = token.outputs;
      jenkins.rename("alice", token.id, "by hand");
      assert.equal(await token.refresh(), true);
      assert.deepEqual([token.outputs["tokenName"], token.outputs["tokenValue"]], ["by hand", tokenValue]);
      assert.equal(await token.up({ tokenName: "ci" }), "update");
      assert.deepEqual([names(), token.outputs["tokenValue"]], [["ci"], tokenValue]);
    });

    it("drops a token that was revoked by hand, and the next up creates another one", async () => {
      const token = await created();
      jenkins.revoke("alice", token.id);
      assert.equal(await token.refresh(), false);
      assert.equal(await token.up({ tokenName: "ci" }), "create");
      assert.deepEqual(names(), ["ci"]);
    });

    it("drops a token whose user is gone", async () => {
      const token = await created(autoNamed, as("bob"));
      jenkins.removeUser("bob");
      token.context = as("admin");
      assert.equal(await token.refresh(), false);
    });

    const unclear: [what: string, answers: [part: string, ...Interception[]], code: string][] = [
      ["401", ["/security/", ...Array(4).fill({ kind: "reply", status: 401 })], "FORBIDDEN"],
      ["a 500", ["/security/", ...Array(6).fill({ kind: "reply", status: 500 })], "UNEXPECTED"],
      [
        "another page",
        ["/security/", { kind: "reply", status: 200, body: "<title>Sign in</title></html>" }],
        "UNEXPECTED",
      ],
      ["half a page", ["/security/", ...Array(6).fill({ kind: "cut", after: 500 })], "UNREACHABLE"],
      ["a redirect", ["/security/", { kind: "reply", status: 302, headers: { Location: "/login" } }], "UNEXPECTED"],
      ["404 for the page alone", ["/security/", { kind: "reply", status: 404 }], "REJECTED"],
      ["404 for everything", ["/", ...Array(9).fill({ kind: "reply", status: 404 })], "REJECTED"],
    ];
    for (const [what, [part, ...answers], code] of unclear) {
      it(`keeps the token, and fails, after ${what}`, async () => {
        const token = await created();
        const { recorded } = token;
        newProcess();
        answer(part, ...answers);
        await assert.rejects(token.refresh(), { code: `ERR_JENKINS_${code}` });
        assert.equal(token.recorded, recorded);
      });
    }

    it("keeps the token, and fails, if Jenkins is unreachable", async () => {
      const token = await created();
      await takeDown(jenkins);
      await assert.rejects(token.refresh(), { code: "ERR_JENKINS_UNREACHABLE" });
      assert.ok(token.recorded);
    });

    it("keeps the token, and names the settings, if every login is refused", async () => {
      const token = await created(autoNamed, as("bob"));
      jenkins.revoke("bob", token.id);
      jenkins.setPassword("bob", "changed");
      newProcess();
      await assert.rejects(token.refresh(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /whether it still exists can't be told: .*answered 401.*\(from: environment\).*answered 401.*\(from: the token itself\).*Set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN of that user or of an administrator, and run again\.$/,
      });
      token.context = as("admin");
      assert.equal(await token.refresh(), false);
    });
  });

  describe("up", () => {
    it("renames in place: uuid and value stay", async () => {
      const token = await created();
      const { tokenUuid, tokenValue } = token.outputs;
      assert.equal(await token.up({ tokenName: "other" }), "update");
      assert.deepEqual([names(), token.outputs["tokenName"]], [["other"], "other"]);
      assert.deepEqual([token.id, token.outputs["tokenValue"]], [tokenUuid, tokenValue]);
      assert.equal(await token.up({ tokenName: "other" }), "same");
    });

    it("stores a changed limit without a request", async () => {
      const token = await created(autoNamed);
      const asked = jenkins.log.length;
      const { tokenValue } = token.outputs;
      assert.equal(await token.up({ ...autoNamed, connection: { waitForReadySeconds: 7 } }), "update");
      assert.deepEqual(token.outputs["connection"], { waitForReadySeconds: 7 });
      assert.deepEqual([token.outputs["tokenValue"], jenkins.log.length], [tokenValue, asked]);
    });

    it("replaces for a trigger: creates the new token, then revokes the old one", async () => {
      const token = await created(autoNamed);
      const { id, outputs } = token;
      assert.equal(await token.up({ ...autoNamed, triggers: { round: "2" } }), "replace");
      assert.deepEqual(posts(), ["generateNewToken", "generateNewToken", "revoke"]);
      assert.notEqual(token.outputs["tokenValue"], outputs["tokenValue"]);
      assert.deepEqual([made().length, made()[0]?.tokenUuid === id], [1, false]);
    });

    it("changes nothing for another login", async () => {
      const token = await created();
      token.context = as("admin");
      assert.equal(await token.up({ tokenName: "ci" }), "same");
    });

    it("renames with the token's own value if the login may not rename it", async () => {
      const token = await created();
      token.context = as("bob");
      assert.equal(await token.up({ tokenName: "other" }), "update");
      assert.deepEqual(names(), ["other"]);
    });
  });
});
