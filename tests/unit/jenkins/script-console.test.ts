import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { JenkinsError } from "../../../provider/errors.ts";
import { consoleTokens } from "../../../provider/jenkins/script-console.ts";
import { Tokens } from "../../../provider/jenkins/tokens.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../../jenkins/server.ts";
import { byPassword, byToken, clientOf } from "../../support/quick.ts";

const failed = `java.io.IOException: java.util.ConcurrentModificationException
\tat hudson.XmlFile.write(XmlFile.java:222)
\tat Script1.run(Script1.groovy:1)
\tat hudson.util.RemotingDiagnostics$Script.call(RemotingDiagnostics.java:160)
`;

describe("tokens through the script console", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function tokensOf(userId: string, options: JenkinsOptions = {}) {
    jenkins = await startJenkins(options);
    return consoleTokens(clientOf(jenkins.url, byPassword("admin")), userId);
  }

  function answer(...answers: Interception[]): void {
    jenkins.intercept = ({ path }) => (path.endsWith("/scriptText") ? answers.shift() : undefined);
  }

  const verbs = () => jenkins.scripts.map(({ verb }) => verb);

  async function signsInAs(userId: string, value: string): Promise<string> {
    return await clientOf(jenkins.url, byToken(userId, value)).whoAmI();
  }

  for (const version of ["2.169", "2.249.3", "2.499", "2.547", "2.548", "2.568.1"]) {
    const knowsExpiry = version === "2.548" || version === "2.568.1";

    it(`are created, listed, renamed and revoked by an administrator for a user on Jenkins ${version}`, async () => {
      jenkins = await startJenkins({ version, now: () => new Date("2026-02-20T10:30:00Z") });
      const tokens = new Tokens(clientOf(jenkins.url, byPassword("admin")), "bob", "scriptConsole");
      const made = await tokens.generate({ tokenName: "ci", expiresInDays: 30 });
      const expiresOn = knowsExpiry ? "2026-03-22" : undefined;
      assert.deepEqual([made.tokenName, made.expiresOn], ["ci", expiresOn]);
      assert.ok(Math.abs(made.createdAt.getTime() - Date.parse("2026-02-20T10:30:00Z")) < 60_000);
      const at = { createdAt: "2026-02-20T10:30:00Z", lastUsedAt: undefined };
      const known = { tokenUuid: made.tokenUuid, isLegacy: false, isExpired: false, expiresOn, ...at };
      assert.deepEqual(await tokens.list(), [{ ...known, tokenName: "ci", useCount: 0 }]);

      await tokens.rename(made.tokenUuid, "other");
      jenkins.use("bob", made.tokenUuid, 12_345, new Date("2026-02-19T01:02:03Z"));
      const used = { tokenName: "other", useCount: 12_345, lastUsedAt: "2026-02-19T01:02:03Z" };
      assert.deepEqual(await tokens.list(), [{ ...known, ...used }]);

      await tokens.revoke(made.tokenUuid);
      assert.deepEqual([await tokens.list(), jenkins.tokens("bob")], [[], []]);
      assert.deepEqual(verbs(), ["generate", "list", "rename", "list", "revoke", "list"]);
    });
  }

  it("are changed only by verbs that the script names", async () => {
    const tokens = await tokensOf("bob");
    const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
    const [{ form } = { form: {} as Record<string, string> }] = jenkins.requests("POST", "scriptText");
    const script = form["script"] ?? "";
    const branches = script.split(/^(?=if|\} else)/m).slice(1);
    const heads = branches.map((branch) => branch.split("\n")[0]);
    const named = ["list", "generate", "rename", "revoke"].map((verb) => `} else if (asked.verb == '${verb}') {`);
    const ofAllUsers = ["if (asked.verb == 'users') {", "} else if (asked.verb == 'find') {"];
    assert.deepEqual(heads, [...ofAllUsers, "} else if (property == null) {", ...named, "} else {"]);
    const last = branches.at(-1)?.split("\n}\n")[0];
    assert.equal(last, "} else {\n  answer = [status: 'error', reason: 'unknownVerb']");

    const dance = Buffer.from(JSON.stringify({ verb: "dance", userId: "bob", tokenUuid })).toString("base64");
    const other = script.replace(/'[A-Za-z0-9+/]+=*'\.decodeBase64/, `'${dance}'.decodeBase64`);
    const { body } = await clientOf(jenkins.url, byPassword("admin")).postForText(
      "Dancing",
      "/scriptText",
      { script: other },
      { repeatable: false },
    );
    assert.equal(body, 'pulumi-jenkins:{"status":"error","reason":"unknownVerb"}\n');
    assert.equal(jenkins.tokens("bob").length, 1);
  });

  it("cause an error without effect if the script doesn't know the verb", async () => {
    const tokens = await tokensOf("bob");
    answer({ kind: "reply", status: 200, body: 'pulumi-jenkins:{"status":"error","reason":"unknownVerb"}\n' });
    await assert.rejects(tokens.revoke("u"), {
      code: "ERR_JENKINS_REJECTED",
      effect: "none",
      message: /: the script does not know this verb\. This is a bug in pulumi-jenkins: please report it\.$/,
    });
  });

  it("log in as their user, not as the administrator", async () => {
    const tokens = await tokensOf("BOB");
    const { tokenValue } = await tokens.generate({ tokenName: "ci" });
    assert.equal(await signsInAs("bob", tokenValue), "bob");
    await assert.rejects(signsInAs("admin", tokenValue), { code: "ERR_JENKINS_FORBIDDEN" });
  });

  it("never expire if no days are given", async () => {
    const tokens = await tokensOf("bob");
    assert.equal((await tokens.generate({ tokenName: "ci" })).expiresOn, undefined);
    assert.equal((await tokens.list())[0]?.expiresOn, undefined);
  });

  it("are listed together with the legacy token", async () => {
    const users = [
      { id: "admin", password: "admin-password", administrator: true },
      { id: "bob", legacyToken: "0123456789abcdef0123456789abcdef" },
    ];
    const tokens = await tokensOf("bob", { users });
    await tokens.generate({ tokenName: "ci" });
    const legacy = (await tokens.list()).filter(({ isLegacy }) => isLegacy);
    assert.deepEqual(
      legacy.map(({ tokenName }) => tokenName),
      ["Legacy Token"],
    );
  });

  const names = [
    `it's "quoted" \`back\``,
    `\${1+1} $user \${System.exit(1)}`,
    "'); jenkins.model.Jenkins.get().doExit(null, null) //",
    "''' \"\"\" /* */ // $/ /$",
    "two\nlines\r\nand\ttabs",
    '\npulumi-jenkins:{"status":"ok"}',
    "back\\slash \\u0041 \\' \\\\",
    "👩🏽‍🚀 雪だるま ü \u2028\u202e",
    "</script>&amp;<",
    " outer blanks ",
    "x".repeat(5_000),
  ];
  for (const name of names) {
    it(`are stored under the name ${JSON.stringify(name).slice(0, 60)}, which does not run as code`, async () => {
      const tokens = await tokensOf("bob");
      const { tokenUuid } = await tokens.generate({ tokenName: name });
      assert.equal(jenkins.tokens("bob")[0]?.tokenName, name);
      assert.equal((await tokens.list())[0]?.tokenName, name);
      await tokens.rename(tokenUuid, `${name}2`);
      assert.equal(jenkins.tokens("bob")[0]?.tokenName, `${name}2`);
      const data = { userId: "bob" };
      assert.deepEqual(jenkins.scripts, [
        { verb: "generate", tokenName: name, ...data },
        { verb: "list", ...data },
        { verb: "rename", tokenUuid, newName: `${name}2`, ...data },
      ]);
      for (const { form } of jenkins.requests("POST", "scriptText")) {
        const data = /'([A-Za-z0-9+/]+=*)'\.decodeBase64\(\)/.exec(form["script"] ?? "")?.[1] ?? "";
        assert.equal(form["script"]?.replace(data, "").includes(name), false);
      }
    });
  }

  for (const id of ["o'brien", `\${1+1}`, `back\\slash "and" /more/`, "jörg müller@example.com", "'\n'"]) {
    it(`belong only to the user ${JSON.stringify(id)}`, async () => {
      const admin = { id: "admin", password: "admin-password", administrator: true };
      const tokens = await tokensOf(id, { users: [admin, { id }, { id: "bob", fullName: id }] });
      const { tokenUuid, tokenValue } = await tokens.generate({ tokenName: "ci" });
      assert.equal(await signsInAs(id, tokenValue), id);
      await tokens.revoke(tokenUuid);
      assert.deepEqual([jenkins.tokens(id), jenkins.tokens("bob")], [[], []]);
    });
  }

  it("of a missing user are refused for each verb, and no user is created", async () => {
    const tokens = await tokensOf("carol");
    const each = [
      () => tokens.list(),
      () => tokens.generate({ tokenName: "ci" }),
      () => tokens.rename("u", "x"),
      () => tokens.revoke("u"),
    ];
    for (const ask of each) {
      await assert.rejects(ask(), { code: "ERR_JENKINS_REJECTED", effect: "none", message: /there is no such user\./ });
    }
    assert.throws(() => jenkins.tokens("carol"), /no user carol/);
  });

  it("are not created for a user who is named by the full name", async () => {
    const admin = { id: "admin", password: "admin-password", administrator: true };
    const tokens = await tokensOf("Bob Smith", { users: [admin, { id: "bob", fullName: "Bob Smith" }] });
    await assert.rejects(tokens.generate({ tokenName: "ci" }), /there is no such user/);
    assert.deepEqual(jenkins.tokens("bob"), []);
  });

  it("that don't exist can be revoked, but not renamed", async () => {
    const tokens = await tokensOf("bob");
    await tokens.revoke("4f1c0000-0000-4000-8000-000000000000");
    await assert.rejects(tokens.rename("4f1c0000-0000-4000-8000-000000000000", "x"), {
      code: "ERR_JENKINS_REJECTED",
      message: /^Renaming API token 4f1c\S+ of bob to "x" failed: .*: there is no such token\. Run `pulumi refresh`/,
    });
  });

  it("are only for administrators, and other users get an error that does not blame their login", async () => {
    await tokensOf("bob");
    const tokens = consoleTokens(clientOf(jenkins.url, byPassword("alice")), "alice");
    await assert.rejects(tokens.generate({ tokenName: "ci" }), {
      code: "ERR_JENKINS_FORBIDDEN",
      status: 403,
      message:
        /alice lacks the permission \S*Administer: only administrators may use the script console\. Log in as one, or leave out `via`\.$/,
    });
    assert.equal(jenkins.requests("POST", "scriptText").length, 1);
    assert.deepEqual([jenkins.tokens("alice"), jenkins.scripts], [[], []]);
  });

  const broken: [what: string, answered: Interception, code: string, effect: string, message: RegExp][] = [
    [
      "a failure of Groovy",
      { kind: "reply", status: 200, body: failed },
      "UNEXPECTED",
      "ended",
      /failed: java\.io\.IOExc/,
    ],
    ["nothing", { kind: "reply", status: 200, body: "" }, "UNEXPECTED", "possible", /answered 200/],
    [
      "a proxy's page",
      { kind: "reply", status: 200, body: "<html><title>Sign in" },
      "UNEXPECTED",
      "possible",
      /answered 200/,
    ],
    [
      "half of a line",
      { kind: "alter", alter: (r) => ({ ...r, body: r.body.slice(0, 90) }) },
      "UNEXPECTED",
      "possible",
      /JSON that is not the expected answer/,
    ],
    ["a connection cut off", { kind: "cut", after: 90 }, "UNREACHABLE", "possible", /scriptText/],
    [
      "a status alone",
      { kind: "reply", status: 200, body: `pulumi-jenkins:{"status":"ok"}` },
      "UNEXPECTED",
      "possible",
      /not the expected answer/,
    ],
    [
      "another script's line",
      { kind: "reply", status: 200, body: `pulumi-jenkins:[]\n` },
      "UNEXPECTED",
      "possible",
      /not the expected answer/,
    ],
    [
      "Jenkins' own 500",
      { kind: "reply", status: 500, headers: { "X-Jenkins": "2.568.1" } },
      "UNEXPECTED",
      "ended",
      /500/,
    ],
  ];
  for (const [what, answered, code, effect, message] of broken) {
    it(`cause an error without a value if the answer to generate is ${what}`, async () => {
      const tokens = await tokensOf("bob");
      answer(answered);
      const error = await tokens.generate({ tokenName: "ci" }).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof JenkinsError);
      assert.deepEqual([error.code, error.effect], [`ERR_JENKINS_${code}`, effect]);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /11[0-9a-f]{8}/);
      assert.equal(jenkins.requests("POST", "scriptText").length, 1);
    });
  }

  it("are listed, renamed and revoked by a second request if Groovy fails once, as in a race", async () => {
    const tokens = await tokensOf("bob");
    const { tokenUuid } = await tokens.generate({ tokenName: "ci" });
    const trace: Interception = { kind: "replace", status: 200, body: failed };
    answer(trace);
    await tokens.rename(tokenUuid, "other");
    answer(trace);
    assert.equal((await tokens.list()).length, 1);
    answer(trace);
    await tokens.revoke(tokenUuid);
    assert.deepEqual(jenkins.tokens("bob"), []);
  });
});
