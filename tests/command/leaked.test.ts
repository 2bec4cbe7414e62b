import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Jenkins } from "../jenkins/server.ts";
import { type Around, command, loginOf, made } from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";

describe("pulumi-jenkins revoke --value -", () => {
  let fleet: Fleet;
  let jenkins: Jenkins;
  let leaked: { tokenUuid: string; tokenValue: string };

  beforeEach(async () => {
    fleet = new Fleet();
    await start();
  });

  afterEach(() => fleet.end());

  async function start(options = {}): Promise<void> {
    const [started] = await fleet.start(1, options);
    assert.ok(started);
    jenkins = started;
    made(jenkins, "bob", "other");
    leaked = jenkins.generate("bob", "leaked");
  }

  const names = (id: string) => jenkins.tokens(id).map(({ tokenName }) => tokenName);
  const as = (id: string, more: Around = {}): Around => ({
    environment: loginOf(jenkins.url, id),
    input: `${leaked.tokenValue}\n`,
    ...more,
  });

  /** Runs the command, and asserts that its output does not contain the value. */
  async function revoke(around: Around, ...args: string[]) {
    const ended = await command(["revoke", "--value", "-", ...args], around);
    assert.ok(!(ended.said + ended.aside).includes(leaked.tokenValue.slice(2)));
    return ended;
  }

  /** Gives a user another token with the leaked value. */
  function double(on: Jenkins, userId: string, tokenName: string): void {
    made(on, userId, tokenName);
    const [original] = jenkins.tokens("bob").filter(({ tokenUuid }) => tokenUuid === leaked.tokenUuid);
    const copy = on.tokens(userId).find((token) => token.tokenName === tokenName);
    assert.ok(original && copy);
    copy.hash = original.hash;
  }

  it("revokes all tokens with the value, of all users on all controllers, and no other token", async () => {
    const [second] = await fleet.start(1);
    assert.ok(second);
    double(jenkins, "alice", "double of alice");
    double(second, "bob", "double elsewhere");
    made(second, "bob", "other");
    const file = fleet.file([jenkins, second].map(({ url }) => entry(url, "admin")));
    const around = { environment: PASSWORDS, input: leaked.tokenValue };
    const { code, said, aside } = await revoke(around, "--yes", "--controllers", file);
    assert.deepEqual([code, aside], [0, ""]);
    assert.match(said, /Revoked tokens on 2 controllers: 3 of 3\n$/);
    assert.deepEqual([names("bob"), names("alice")], [["other"], []]);
    assert.deepEqual(
      second.tokens("bob").map(({ tokenName }) => tokenName),
      ["other"],
    );
  });

  it("says that Jenkins refuses the login, and does not ask for an administrator", async () => {
    for (const secret of ["wrong-password", `11${"0".repeat(32)}`]) {
      const environment = loginOf(jenkins.url, "admin", secret);
      const { code, aside } = await revoke({ environment, input: leaked.tokenValue }, "--user", "bob", "--yes");
      assert.equal(code, 1);
      assert.match(aside, / answered 401\. Jenkins does not accept the (password|API token) of admin /);
      assert.deepEqual(names("bob"), ["other", "leaked"]);
    }
  });

  it("never sends the value to Jenkins if it can use the script console", async () => {
    const { code } = await revoke(as("admin"), "--yes");
    assert.equal(code, 0);
    const sent = JSON.stringify(jenkins.log.map(({ path, headers, form }) => [path, headers, form]));
    const scripts = JSON.stringify(jenkins.scripts);
    for (const text of [sent, scripts]) assert.ok(!text.includes(leaked.tokenValue.slice(2)));
    const logins = jenkins.log.map(({ headers }) => String(headers["authorization"] ?? "").replace("Basic ", ""));
    assert.ok(logins.every((login) => !Buffer.from(login, "base64").toString().includes(leaked.tokenValue)));
  });

  it("finds a legacy token by its value, and a named token by its value without the leading 11", async () => {
    const value = jenkins.changeLegacyToken("alice");
    const legacy = await revoke(as("admin", { input: value }), "--yes");
    assert.deepEqual([legacy.code, names("alice")], [0, []]);
    const bare = await revoke(as("admin", { input: leaked.tokenValue.slice(2) }), "--yes");
    assert.deepEqual([bare.code, names("bob")], [0, ["other"]]);
  });

  it("succeeds if no token has the value, and revokes nothing with --dry-run", async () => {
    const dry = await revoke(as("admin"), "--dry-run");
    assert.deepEqual([dry.code, names("bob")], [0, ["other", "leaked"]]);
    assert.match(dry.said, /leaked[\s\S]*would be revoked: 1\n$/);
    jenkins.revoke("bob", leaked.tokenUuid);
    const { code, said } = await revoke(as("admin"), "--yes");
    assert.deepEqual([code, said], [0, `Nothing to revoke: no token with this value was found on ${jenkins.url}.\n`]);
  });

  it("keeps the token that it logs in with, and says how to revoke it", async () => {
    const own = jenkins.generate("admin", "logs in");
    leaked = own;
    const { code, aside } = await revoke(
      { environment: loginOf(jenkins.url, "admin", own.tokenValue), input: own.tokenValue },
      "--yes",
    );
    assert.deepEqual([code, names("admin")], [1, ["logs in"]]);
    const next = "Create another API token in Jenkins, put it in JENKINS_API_TOKEN, and run this command again";
    assert.equal(
      aside,
      `Kept ${own.tokenUuid} logs in of admin on ${jenkins.url}: this command may log in with it, so the leaked value still works. ${next}.\n`,
    );
    const other = { url: jenkins.url, user: "admin", apiToken: { variable: "OWN" } };
    const around = { environment: { OWN: own.tokenValue }, input: own.tokenValue };
    const many = await revoke(around, "--yes", "--controllers", fleet.file([other]));
    assert.match(
      many.aside,
      /Create another API token in Jenkins, put it where the file of --controllers says, and run /,
    );
    const another = jenkins.generate("admin", "another");
    const again = await revoke(
      { environment: loginOf(jenkins.url, "admin", another.tokenValue), input: own.tokenValue },
      "--yes",
    );
    assert.deepEqual([again.code, names("admin")], [0, ["another"]]);
  });

  it("needs --user if it may not use the script console", async () => {
    const { code, aside } = await revoke(as("alice"), "--yes");
    assert.deepEqual([code, names("bob")], [1, ["other", "leaked"]]);
    assert.match(aside, /only administrators may use the script console.* name the user of the token with --user\.\n$/);
  });

  for (const version of ["2.169", "2.499", "2.568.1"]) {
    it(`logs in as --user with the value, and revokes the token whose uses rise, on Jenkins ${version}`, async () => {
      await start({ version });
      const { code, said } = await revoke(as("alice"), "--user", "bob", "--yes");
      assert.deepEqual([code, names("bob")], [0, ["other"]]);
      assert.match(
        said,
        new RegExp(`Revoked ${leaked.tokenUuid} leaked of bob\nRevoked tokens with this value on .*: 1 of 1\n$`),
      );
    });
  }

  it("takes the user's id in any spelling, and keeps the token if a stack manages it", async () => {
    const resource = {
      urn: "urn:pulumi:dev::shop::jenkins:index:ApiToken::ci",
      type: "jenkins:index:ApiToken",
      id: leaked.tokenUuid,
      outputs: { userId: "bob", jenkinsUrl: jenkins.url },
    };
    const state = JSON.stringify({ deployment: { resources: [resource] } });
    writeFileSync(join(fleet.folder, "pulumi"), `#!/bin/sh\necho '${state}'\n`, { mode: 0o755 });
    const { code, aside } = await revoke(
      as("alice", { programs: fleet.folder }),
      ...["--user", "BOB", "--stack", "dev", "--yes"],
    );
    assert.deepEqual([code, names("bob")], [1, ["other", "leaked"]]);
    assert.match(aside, / leaked of bob on .*: it belongs to the resource ci in stack dev\./);
  });

  it("says that only --user was checked, on the controllers whose login may not use the script console", async () => {
    const [second] = await fleet.start(1);
    assert.ok(second);
    const file = fleet.file([entry(jenkins.url, "admin"), entry(second.url, "alice")]);
    const around = { environment: PASSWORDS, input: leaked.tokenValue };
    const { code, aside } = await revoke(around, "--user", "bob", "--yes", "--controllers", file);
    const only = "Only bob was checked on 1 controller. Another user may have a token with this value.\n";
    assert.deepEqual([code, aside, names("bob")], [0, only, ["other"]]);
  });

  it("tries the login as --user only once", async () => {
    jenkins.revoke("bob", leaked.tokenUuid);
    const { code, said } = await revoke(as("alice"), "--user", "bob", "--yes");
    assert.deepEqual([code, said], [0, `Nothing to revoke: bob can't log in with this value on ${jenkins.url}.\n`]);
    const login = Buffer.from(`bob:${leaked.tokenValue}`).toString("base64");
    const tries = jenkins.log.filter(({ headers }) => String(headers["authorization"]).includes(login));
    assert.equal(tries.length, 1);
  });

  it("fails as long as another token of the user has the value", async () => {
    double(jenkins, "bob", "double");
    const first = await revoke(as("alice"), "--user", "bob", "--yes");
    assert.deepEqual([first.code, names("bob").length], [1, 2]);
    assert.match(
      first.aside,
      /: the value still logs in: another token has it, too, or the revoked token had another value\. Run the same command again\.\n$/,
    );
    const second = await revoke(as("alice"), "--user", "bob", "--yes");
    assert.deepEqual([second.code, names("bob")], [0, ["other"]]);
  });

  it("fails if the user in --user does not exist, because the id may be mistyped", async () => {
    const { code, said } = await revoke(as("alice"), "--user", "bbo", "--yes");
    assert.deepEqual([code, said], [1, `Nothing to revoke: there is no user bbo on ${jenkins.url}.\n`]);
    const [second] = await fleet.start(1);
    const file = fleet.file([jenkins, second].map((one) => entry(one?.url ?? "", "alice")));
    const around = { environment: PASSWORDS, input: leaked.tokenValue };
    const both = await revoke(around, "--user", "bbo", "--yes", "--controllers", file);
    assert.deepEqual([both.code, both.said], [1, "Nothing to revoke: there is no user bbo on 2 controllers.\n"]);
    const asAdmin = fleet.file([entry(jenkins.url, "alice"), entry(second?.url ?? "", "admin")]);
    const mixed = await revoke(around, "--user", "bbo", "--yes", "--json", "--controllers", asAdmin);
    const where = "1 controller, where only administrators may search for others";
    assert.deepEqual([mixed.code, mixed.aside], [1, `Nothing to revoke: there is no user bbo on ${where}.\n`]);
    const on = await revoke(around, "--user", "bob", "--yes", "--controllers", file);
    assert.deepEqual([on.code, names("bob")], [0, ["other"]]);
  });

  it("revokes nothing, and names the candidates, if several tokens are used or uses are not counted", async () => {
    const other = jenkins.tokens("bob")[0]?.tokenUuid ?? "";
    jenkins.intercept = ({ path }) => {
      if (path.endsWith("/security/")) jenkins.use("bob", other, jenkins.log.length);
      return undefined;
    };
    const both = await revoke(as("alice"), "--user", "bob", "--yes");
    assert.deepEqual([both.code, names("bob")], [1, ["other", "leaked"]]);
    const advice = "Revoke the right one by its uuid, with --user and one --url:";
    const why = (reason: string) => `The value logs in as bob on ${jenkins.url}, but ${reason}`;
    const unclear = why("the use counts do not show with which token, so none of these was revoked.");
    const only = `Only bob was checked on ${jenkins.url}. Another user may have a token with this value.\n`;
    assert.equal(both.aside, `${unclear} ${advice}\n  ${leaked.tokenUuid} leaked\n  ${other} other\n${only}`);
    await start({ usageStatisticsEnabled: false });
    const json = await revoke(as("alice"), "--user", "bob", "--yes", "--json");
    assert.deepEqual([json.code, names("bob")], [1, ["other", "leaked"]]);
    assert.equal(JSON.parse(json.said).candidates.length, 2);
    assert.ok(
      json.aside.startsWith(`${why("Jenkins does not count uses, so none of these was revoked.")} ${advice}\n`),
    );
  });

  it("reads the value only from standard input, and never shows a malformed one", async () => {
    const argument = await command(["revoke", "--value", leaked.tokenValue, "--yes"], as("admin"));
    assert.equal(argument.code, 2);
    assert.match(argument.aside, /^--value takes only -: the value comes from standard input/);
    assert.ok(!argument.aside.includes(leaked.tokenValue.slice(2)));
    for (const input of ["", "not-a-token-at-all", `${leaked.tokenValue}0`, "x".repeat(100_000)]) {
      const { code, said, aside } = await revoke(as("admin", { input }), "--yes");
      assert.deepEqual([code, said], [2, ""]);
      assert.match(aside, /^Standard input has to contain one value of an API token and nothing else: /);
      assert.ok(!input || !aside.includes(input));
    }
    const unasked = await revoke(as("admin"));
    assert.equal(unasked.code, 2);
    assert.match(unasked.aside, /^Standard input holds the value, so it can't answer: use --yes/);
    assert.deepEqual(names("bob"), ["other", "leaked"]);
  });
});
