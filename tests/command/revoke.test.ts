import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  atTerminal,
  command,
  commandAtTerminal,
  hasTerminal,
  lineOf,
  loginOf,
  made,
  ownJenkins,
  type TokenOf,
} from "../support/command.ts";

describe("pulumi-jenkins revoke", () => {
  const suite = ownJenkins();
  const { as, names, restart } = suite;
  const make = (...token: TokenOf) => made(suite.jenkins, ...token);

  it("revokes only the given tokens with --yes", async () => {
    const [a, b] = [make("alice", "a"), make("alice", "b"), make("alice", "c")];
    const { code, said, aside } = await command(["revoke", a, b, "--yes"], as("alice"));
    assert.deepEqual([code, aside, names("alice")], [0, "", ["c"]]);
    const [, ...lines] = said.split("\n");
    assert.deepEqual(lines.slice(2), [
      `Revoked ${a} a of alice`,
      `Revoked ${b} b of alice`,
      `Revoked tokens of alice on ${suite.jenkins.url}: 2 of 2`,
      "",
    ]);
  });

  it("shows the tokens, and revokes nothing, with --dry-run", async () => {
    const uuid = make("alice", "a");
    const { code, said } = await command(["revoke", uuid, "--dry-run"], as("alice"));
    assert.deepEqual([code, names("alice")], [0, ["a"]]);
    assert.match(said, new RegExp(`^alice  a     ${uuid} [\\s\\S]* would be revoked: 1\n$`, "m"));
    assert.deepEqual(new Set(suite.jenkins.work.map(({ method }) => method)), new Set(["GET"]));
  });

  it("prints one JSON document with the tokens that were or would be revoked", async () => {
    const uuid = make("alice", "a");
    for (const [flag, isRevoked] of [
      ["--dry-run", false],
      ["--yes", true],
    ] as const) {
      const { said } = await command(["revoke", uuid, flag, "--json"], as("alice"));
      const { tokens, ...where } = JSON.parse(said);
      assert.deepEqual(where, { jenkinsUrl: suite.jenkins.url, userId: "alice" });
      assert.deepEqual(
        tokens.map((one: Record<string, unknown>) => [one["tokenUuid"], one["isRevoked"], one["keptBecause"]]),
        [[uuid, isRevoked, isRevoked ? undefined : "dryRun"]],
      );
    }
    assert.deepEqual(names("alice"), []);
  });

  it("names the tokens that it has not revoked after a failure", async () => {
    const [a, b, c] = [make("alice", "a"), make("alice", "b"), make("alice", "c")];
    suite.jenkins.intercept = ({ form }) => (form["tokenUuid"] === b ? { kind: "reply", status: 400 } : undefined);
    const args = ["revoke", "--name", "?", "--yes"];
    const { code, said } = await command(args, as("alice"));
    assert.deepEqual([code, names("alice")], [1, ["b", "c"]]);
    const { url } = suite.jenkins;
    const lines = `Not revoked: 2. Run the same command again.\n  ${b} b on ${url}\n  ${c} c on ${url}\n`;
    assert.ok(said.includes(`Revoked ${a} a of alice\n`));
    assert.ok(said.endsWith(`: 1 of 3\n${lines}`), said);
    const { tokens } = JSON.parse((await command([...args, "--json"], as("alice"))).said);
    assert.deepEqual(
      tokens.map(({ outcome, keptBecause }: Record<string, string>) => [outcome, keptBecause]),
      [
        ["kept", "failed"],
        ["kept", "failed"],
      ],
    );
  });

  it("reports the revoked tokens even if another revoke fails", async () => {
    const [a, b] = [make("alice", "a"), make("alice", "b")];
    suite.jenkins.intercept = ({ form }) => {
      return form["tokenUuid"] === b ? { kind: "reply", status: 400, body: "not this one" } : undefined;
    };
    const { code, said, aside } = await command(["revoke", a, b, "--yes", "--json"], as("alice"));
    const { tokens } = JSON.parse(said) as { tokens: { tokenName: string; isRevoked: boolean }[] };
    assert.deepEqual(
      tokens.map(({ tokenName, isRevoked }) => [tokenName, isRevoked]),
      [
        ["a", true],
        ["b", false],
      ],
    );
    assert.equal(code, 1);
    assert.match(aside, new RegExp(`Revoking API token ${b}.* answered 400`));
  });

  it("revokes tokens that were certainly not used with --unused-for, also of another user", async () => {
    make("bob", "old", 400);
    make("bob", "new", 10);
    const { code } = await command(["revoke", "--unused-for", "90d", "--user", "bob", "--yes"], as("admin"));
    assert.deepEqual([code, names("bob")], [0, ["new"]]);
    const again = await command(["revoke", "--unused-for", "90d", "--user", "bob", "--yes"], as("admin"));
    assert.deepEqual(
      [again.code, again.said],
      [0, `Nothing to revoke: no token of bob on ${suite.jenkins.url} meets the filters.\n`],
    );
  });

  it("revokes nothing with --unused-for if Jenkins does not count uses", async () => {
    await restart({ usageStatisticsEnabled: false });
    make("bob", "old", 400);
    const { code, aside } = await command(["revoke", "--unused-for", "9d", "--user", "bob", "--yes"], as("admin"));
    assert.deepEqual([code, names("bob")], [0, ["old"]]);
    assert.match(aside, /does not count uses/);
  });

  it("revokes nothing if one of the given uuids does not exist", async () => {
    const uuid = make("alice", "a");
    const missing = "4f1c0000-0000-4000-8000-000000000000";
    const { code, aside } = await command(["revoke", uuid, missing, "--yes"], as("alice"));
    assert.deepEqual([code, names("alice")], [1, ["a"]]);
    assert.match(
      aside,
      /^Looking for API token 4f1c\S+ of alice failed: .*: there is no such token\. Nothing was revoked\. .* name the user with --user\.\n$/,
    );
  });

  it("needs --yes or --dry-run without a terminal, and otherwise fails before any request", async () => {
    const uuid = make("alice", "a");
    const { code, said, aside } = await command(["revoke", uuid], as("alice"));
    assert.deepEqual([code, said, suite.jenkins.log.length], [2, "", 0]);
    assert.match(aside, /^There is no terminal to ask at: use --yes to revoke/);
  });

  describe("at a terminal,", () => {
    it("does not ask with --json, which would show no tokens before the question", async function () {
      if (!hasTerminal) this.skip(); // Only `script` can open a terminal here.
      const { code, said } = await commandAtTerminal(["revoke", make("alice", "a"), "--json"], "y\r", as("alice"));
      assert.deepEqual([code, names("alice")], [2, ["a"]]);
      assert.match(said, /^--json shows no tokens before a question: use --yes to revoke, or --dry-run/);
    });

    for (const [typed, code, left] of [
      ["y\r", 0, []],
      ["yes\r", 0, []],
      ["n\r", 1, ["a"]],
      ["\r", 1, ["a"]],
      ["\u0004", 1, ["a"]],
      ["\u0003", 1, ["a"]],
    ] as const) {
      it(`asks, and treats ${JSON.stringify(typed)} as a ${code === 0 ? "yes" : "no"}`, async function () {
        if (!hasTerminal) this.skip(); // Only `script` can open a terminal here.
        const ended = await commandAtTerminal(["revoke", make("alice", "a")], typed, as("alice"));
        assert.match(ended.said, /alice {2}a [\s\S]*Permanently revoke 1 token of alice on \S+\? \[y\/N\]/);
        assert.deepEqual([ended.code, names("alice")], [code, left]);
        assert.equal(/^Nothing was revoked\.\r?$/m.test(ended.said), code === 1);
      });
    }

    it("escapes control characters of an id in the question", async function () {
      if (!hasTerminal) this.skip();
      const admin = { id: "admin", password: "admin-password", administrator: true };
      await restart({ users: [admin, { id: "a\u009b\u202e\u001b]0;z" }] });
      const uuid = make("a\u009b\u202e\u001b]0;z", "a");
      const line = ["revoke", uuid, "--user", "a\u009b\u202e\u001b]0;z"];
      const { said } = await commandAtTerminal(line, "n\r", as("admin"));
      assert.match(said, /Permanently revoke 1 token of a\\u009b\\u202e\\u001b\]0;z on/);
      assert.ok(!said.includes("\u009b") && !said.includes("\u202e"));
    });

    it("keeps a token that was used while the question was open", async function () {
      if (!hasTerminal) this.skip();
      const uuid = make("bob", "a", 400);
      make("bob", "b", 400);
      let listings = 0;
      suite.jenkins.intercept = ({ path }) => {
        if (path.endsWith("/scriptText") && ++listings === 2) suite.jenkins.use("bob", uuid, 1);
        return undefined;
      };
      const line = ["revoke", "--unused-for", "90d", "--user", "bob"];
      const { code, said } = await commandAtTerminal(line, "y\r", as("admin"));
      assert.deepEqual([code, names("bob")], [0, ["a"]]);
      assert.ok(said.includes("Not revoked: 1. They do not meet the filters any more."), said);
      assert.ok(said.includes(`  ${uuid} a on ${suite.jenkins.url}`), said);
    });

    it("does not ask if standard error is a file, because nobody would see the question", async function () {
      if (!hasTerminal) this.skip();
      const line = `${lineOf(["revoke", make("alice", "a")])} 2>/dev/null`;
      const { code } = await atTerminal(line, as("alice"));
      assert.deepEqual([code, names("alice")], [2, ["a"]]);
    });
  });

  describe("logged in with a token,", () => {
    let own: { tokenUuid: string; tokenValue: string };

    beforeEach(() => {
      own = suite.jenkins.generate("alice", "logs in");
    });

    const mayBeOwn = /may be the one that this command logs in with\. Nothing was revoked\. Log in with a password/;

    for (const version of ["2.169", "2.499", "2.568.1"]) {
      it(`revokes other tokens of its user, and never the token it logs in with, on Jenkins ${version}`, async () => {
        await restart({ version });
        own = suite.jenkins.generate("alice", "logs in");
        const other = make("alice", "other");
        const refused = await command(["revoke", other, own.tokenUuid, "--yes"], as("alice", own.tokenValue));
        assert.deepEqual([refused.code, names("alice")], [1, ["logs in", "other"]]);
        assert.match(refused.aside, mayBeOwn);
        const { code } = await command(["revoke", other, "--yes"], as("alice", own.tokenValue));
        assert.deepEqual([code, names("alice")], [0, ["logs in"]]);
      });
    }

    it("also refuses to revoke a token that others use at that moment", async () => {
      const other = make("alice", "other");
      suite.jenkins.intercept = ({ path }) => {
        if (path.endsWith("/security/")) suite.jenkins.use("alice", other, suite.jenkins.log.length);
        return undefined;
      };
      const { code, aside } = await command(["revoke", other, "--yes"], as("alice", own.tokenValue));
      assert.deepEqual([code, names("alice")], [1, ["logs in", "other"]]);
      assert.match(aside, mayBeOwn);
    });

    it("refuses all tokens of its user if uses are not counted, because one may be its own", async () => {
      await restart({ usageStatisticsEnabled: false });
      own = suite.jenkins.generate("alice", "logs in");
      const other = make("alice", "other");
      const { code, aside } = await command(["revoke", other, "--yes"], as("alice", own.tokenValue));
      assert.deepEqual([code, names("alice")], [1, ["logs in", "other"]]);
      assert.match(aside, /no use count rises, so it is unknown which of them this command logs in with\. Nothing/);
    });

    it("recognises its token even if the legacy token is given as a password", async () => {
      const value = suite.jenkins.changeLegacyToken("alice");
      const legacy = suite.jenkins.tokens("alice").find(({ isLegacy }) => isLegacy)?.tokenUuid ?? "";
      const environment = { ...loginOf(suite.jenkins.url, "alice"), JENKINS_PASSWORD: value };
      const { code, aside } = await command(["revoke", legacy, "--yes"], { environment });
      assert.equal(code, 1);
      assert.match(aside, mayBeOwn);
    });

    it("revokes an administrator's own unused tokens, except the one it logs in with", async () => {
      make("admin", "old", 400);
      const admins = suite.jenkins.generate("admin", "logs in");
      for (const token of suite.jenkins.tokens("admin")) token.createdAt = new Date("2020-01-01");
      const { code } = await command(["revoke", "--unused-for", "1d", "--yes"], as("admin", admins.tokenValue));
      assert.deepEqual([code, names("admin")], [0, ["logs in"]]);
    });

    it("revokes another user's tokens without this check", async () => {
      const admins = suite.jenkins.generate("admin", "logs in");
      const { code } = await command(
        ["revoke", own.tokenUuid, "--user", "alice", "--yes"],
        as("admin", admins.tokenValue),
      );
      assert.deepEqual([code, names("alice")], [0, []]);
    });
  });
});
