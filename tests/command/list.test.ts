import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Around, command, listedBy, loginOf, made, type TokenOf } from "../support/command.ts";

const NO_TIMES =
  "? under CREATED or LAST USED: the page of a user does not show times. For administrators, --via scriptConsole shows them.\n";

describe("pulumi-jenkins list", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  const make = (...token: TokenOf) => made(jenkins, ...token);
  const as = (id: string): Around => ({ environment: loginOf(jenkins.url, id) });

  const listed = (around: Around, ...args: string[]) => listedBy(jenkins, around, ...args);
  const names = (tokens: Record<string, unknown>[]) => tokens.map(({ tokenName }) => tokenName);

  it("escapes control characters in names and ids, for people and for programs", async () => {
    const bad = "a\u001b]0;x\u0007\u009b31m\u202e\u200b\u2028\u00adz";
    const users = [
      { id: "admin", password: "admin-password", administrator: true },
      { id: bad, password: "p" },
    ];
    await jenkins.close();
    jenkins = await startJenkins({ users });
    const tokenUuid = make(bad, bad);
    const shown = "a\\u001b]0;x\\u0007\\u009b31m\\u202e\\u200b\\u2028\\u00adz";
    const listedToo = [];
    for (const args of [
      ["list"],
      ["list", "--json"],
      ["revoke", tokenUuid, "--dry-run"],
      ["doctor"],
      ["revoke", "x", "--yes"],
    ]) {
      const line = [...args, "--user", bad, ...(args[0] === "list" ? ["--via", "scriptConsole"] : [])];
      const { said, aside } = await command(line, as("admin"));
      assert.doesNotMatch((said + aside).replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      listedToo.push((said + aside).includes(shown));
    }
    assert.deepEqual(listedToo, [true, true, true, true, true]);
    const { said } = await command(["list", "--json", "--user", bad, "--via", "scriptConsole"], as("admin"));
    const [{ userId, tokenName } = {}] = JSON.parse(said).tokens;
    assert.deepEqual([userId, tokenName], [bad, bad]);
  });

  it("shows ids and its own words even if they equal the password, but masks it in a token's name", async () => {
    await jenkins.close();
    jenkins = await startJenkins({
      users: [
        { id: "tokens", password: "tokens" },
        { id: "of", password: "JENKINS_URL" },
      ],
    });
    make("tokens", "tokens");
    make("of", "my JENKINS_URL");
    const environment = { ...loginOf(jenkins.url, "tokens"), JENKINS_PASSWORD: "tokens" };
    const same = await command(["list"], { environment });
    assert.match(same.said, /^tokens +tokens .*\nTokens of tokens on http\S+: 1 of 1\n$/m);
    assert.match(same.aside, /^The password is the same as the user name/);
    const word = { environment: { ...loginOf(jenkins.url, "of"), JENKINS_PASSWORD: "JENKINS_URL" } };
    assert.match((await command(["list"], word)).said, /^of +my \[secret\] /m);
    assert.match((await command(["list", "--json"], word)).said, /"tokenName": "my \[secret\]"/);
    assert.match((await command(["doctor"], word)).said, /^✔ url +\S+, from JENKINS_URL$/m);
    assert.match((await command(["doctor", "--json"], word)).said, /from JENKINS_URL"/);
  });

  it("shows another user's id even if it equals the password of the login", async () => {
    await jenkins.close();
    jenkins = await startJenkins({
      users: [{ id: "admin", password: "robert", administrator: true }, { id: "robert" }],
    });
    make("robert", "ci");
    const environment = { ...loginOf(jenkins.url, "admin"), JENKINS_PASSWORD: "robert" };
    assert.match((await command(["list", "--all-users"], { environment })).said, /^robert +ci /m);
    assert.match((await command(["list", "--all-users", "--json"], { environment })).said, /"userId": "robert"/);
  });

  it("shows a user's own tokens with the data of the user's page", async () => {
    const used = make("alice", "used", 9, 2, "2040-01-01");
    const ended = make("alice", "ended", 9, undefined, "2020-01-01");
    assert.deepEqual(await command(["list"], as("alice")), {
      code: 0,
      aside: NO_TIMES,
      said: `USER   NAME   UUID                                  CREATED  LAST USED  USES  EXPIRES     REMARKS
alice  ended  ${ended}  ?        never      0     expired
alice  used   ${used}  ?        ?          5     2040-01-01
Tokens of alice on ${jenkins.url}: 2 of 2
`,
    });
    const own = { userId: "alice", isLegacy: false };
    assert.deepEqual(await listed(as("alice")), [
      { ...own, tokenUuid: ended, tokenName: "ended", isExpired: true, useCount: 0 },
      { ...own, tokenUuid: used, tokenName: "used", isExpired: false, useCount: 5, expiresOn: "2040-01-01" },
    ]);
    assert.deepEqual(names(await listed(as("alice"), "--expired")), ["ended"]);
  });

  it("shows another user's tokens to an administrator, with exact times through the script console", async () => {
    make("bob", "ci", 9, 2);
    const [{ createdAt, lastUsedAt } = {}] = await listed(as("admin"), "--user", "bob");
    const [exact] = await listed(as("admin"), "--user", "bob", "--via", "scriptConsole");
    const { createdAt: at, lastUsed } = jenkins.tokens("bob")[0] ?? {};
    assert.deepEqual([createdAt, lastUsedAt], [undefined, undefined]);
    assert.deepEqual([exact?.["createdAt"], exact?.["lastUsedAt"]], [at?.toISOString(), lastUsed?.toISOString()]);
  });

  it("explains once why a creation time is unknown, but not in formats for programs", async () => {
    const legacyToken = "a".repeat(32);
    await jenkins.close();
    jenkins = await startJenkins({
      users: [
        { id: "admin", password: "admin-password", administrator: true },
        { id: "bob", legacyToken },
      ],
    });
    const asideOf = async (...args: string[]) => (await command(["list", "--user", "bob", ...args], as("admin"))).aside;
    const legacy = "? under CREATED: Jenkins has no creation time of a legacy token that it created with its user.\n";
    assert.deepEqual([await asideOf(), await asideOf("--via", "scriptConsole")], [NO_TIMES, legacy]);
    for (const format of ["--json", "--csv", "--markdown"]) assert.equal(await asideOf(format), "");
    assert.equal(await asideOf("--via", "scriptConsole", "--name", "x*"), "");
  });

  it("shows all users' tokens, and finds unused ones, only for an administrator", async () => {
    for (const [id, days] of Object.entries({ admin: 1, alice: 100, bob: 400 })) make(id, `of ${id}`, days);
    assert.deepEqual(names(await listed(as("admin"), "--all-users")), ["of admin", "of alice", "of bob"]);
    assert.deepEqual(names(await listed(as("admin"), "--all-users", "--unused-for", "90d")), ["of alice", "of bob"]);
    assert.deepEqual(names(await listed(as("admin"), "--user", "bob", "--unused-for", "90d")), ["of bob"]);
    for (const args of [["--all-users"], ["--unused-for", "90d"]]) {
      const { code, said, aside } = await command(["list", ...args], as("alice"));
      assert.deepEqual([code, said], [1, ""]);
      assert.match(
        aside,
        /failed: POST .*\/scriptText answered 403: .* only administrators may use the script console/,
      );
      assert.ok(aside.endsWith(` Log in as one, or leave out ${args[0]}.\n`), aside);
    }
  });

  it("prints one JSON document, and no progress without a terminal, for many users", async () => {
    for (let count = 0; count < 118; count++) jenkins.addUser({ id: `user${count}` });
    make("user117", "of the last one");
    const { said, aside } = await command(["list", "--all-users", "--json"], as("admin"));
    assert.equal(aside, "");
    assert.deepEqual(names(JSON.parse(said).tokens), ["of the last one"]);
  });

  it("sorts by name, with numbers by size, for the page and for the script console", async () => {
    for (const name of ["z", "c 10", "É", "B", "c 2", "a"]) make("admin", name);
    for (const args of [[], ["--via", "scriptConsole"]])
      assert.deepEqual(names(await listed(as("admin"), ...args)), ["a", "B", "c 2", "c 10", "É", "z"], String(args));
  });

  it("says that no token is known to be unused if Jenkins does not count uses", async () => {
    await jenkins.close();
    jenkins = await startJenkins({ usageStatisticsEnabled: false });
    make("bob", "ci", 400);
    const { code, said, aside } = await command(["list", "--user", "bob", "--unused-for", "90d"], as("admin"));
    assert.deepEqual([code, said], [0, `Tokens of bob on ${jenkins.url}: 0 of 1\n`]);
    assert.match(
      aside,
      /^Jenkins does not count uses, so no token is known to be unused: switch on its usage statistics\.\n$/,
    );
    const failOn = await command(["list", "--user", "bob", "--fail-on", "unused-for=90d"], as("admin"));
    assert.deepEqual([failOn.code, failOn.aside], [0, aside]);
  });

  it("escapes control sequences, and masks secrets, in a token's name", async () => {
    const secret = `11${"ab".repeat(16)}`;
    make("alice", `red\u001b[31m\n\u202e ${secret} alice-password`);
    make("alice", "x".repeat(5_000));
    const { said } = await command(["list"], as("alice"));
    assert.match(said, /red\\u001b\[31m\\u000a\\u202e \[secret\] \[secret\] /);
    assert.ok(said.split("\n").every((line) => line.length < 250));
    const json = await command(["list", "--json"], as("alice"));
    for (const output of [said, json.said]) assert.doesNotMatch(output, new RegExp(`${secret}|alice-password`));
    assert.equal(JSON.parse(json.said).tokens.length, 2);
  });

  it("exits with 1, and writes to standard error, if the password is wrong or Jenkins is unreachable", async () => {
    const wrong = { ...loginOf(jenkins.url, "alice"), JENKINS_PASSWORD: "not-it-at-all" };
    const refused = await command(["list", "--json"], { environment: wrong });
    assert.match(refused.aside, /^Logging in to Jenkins as alice failed: .* does not accept the password of alice/);
    const nowhere = await command(["list", "--json"], { environment: loginOf("http://127.0.0.1:1", "alice") });
    assert.match(nowhere.aside, /the connection was refused/);
    for (const { code, said } of [refused, nowhere]) assert.deepEqual([code, said], [1, ""]);
  });
});
