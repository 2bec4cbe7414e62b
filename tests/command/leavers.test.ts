import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Jenkins } from "../jenkins/server.ts";
import {
  type Around,
  atTerminal,
  begin,
  command,
  commandAtTerminal,
  hasTerminal,
  lineOf,
  loginOf,
  made,
} from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";

describe("pulumi-jenkins revoke for leavers", () => {
  let fleet: Fleet;
  let a: Jenkins;
  let b: Jenkins;
  let file: string;

  beforeEach(async () => {
    fleet = new Fleet();
    const [first, second] = await fleet.start(2);
    assert.ok(first && second);
    [a, b] = [first, second];
    file = fleet.file([a, b].map(({ url }) => entry(url, "admin")));
  });

  afterEach(() => fleet.end());

  const names = (jenkins: Jenkins, id = "bob") => jenkins.tokens(id).map(({ tokenName }) => tokenName);
  const revoke = (...args: string[]) => command(["revoke", ...args], { environment: PASSWORDS });

  it("revokes all tokens of a user on all controllers with --user --all, and then reads each page once", async () => {
    const uuids = [made(a, "bob", "one"), made(a, "bob", "two"), made(b, "bob", "three")];
    made(a, "alice", "hers");
    const { code, said, aside } = await revoke("--user", "bob", "--all", "--yes", "--controllers", file);
    assert.deepEqual([code, aside], [0, ""]);
    const lines = said.trimEnd().split("\n").slice(-4);
    assert.deepEqual(
      new Set(lines),
      new Set([
        `Revoked ${uuids[0]} one of bob on ${a.url}`,
        `Revoked ${uuids[1]} two of bob on ${a.url}`,
        `Revoked ${uuids[2]} three of bob on ${b.url}`,
        "Revoked tokens on 2 controllers: 3 of 3",
      ]),
    );
    assert.deepEqual([names(a), names(b), names(a, "alice")], [[], [], ["hers"]]);
    const paths = a.work.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "").split("/").at(-2)}`);
    const after = a.work.slice(a.work.findLastIndex(({ method }) => method === "POST") + 1);
    assert.equal(after.length, 1, paths.join("\n"));
  });

  it("revokes all tokens even if nobody reads its outputs any more, and then exits with 1", async () => {
    for (const name of ["one", "two"]) made(a, "bob", name);
    const args = ["revoke", "--user", "bob", "--all", "--yes", "--controllers", file];
    const { child, ended } = begin(args, { environment: PASSWORDS });
    const isOver = new Promise((resolve) => child.once("exit", resolve));
    ended.catch(() => undefined);
    a.intercept = ({ path }) => {
      if (!path.endsWith("/revoke")) return undefined;
      child.stdout?.destroy();
      child.stderr?.destroy();
      return { kind: "delay", when: "before", ms: 200 };
    };
    made(b, "bob", "three");
    b.intercept = ({ path }) => (path.endsWith("/revoke") ? { kind: "delay", when: "before", ms: 2_000 } : undefined);
    await isOver;
    assert.deepEqual([child.exitCode, names(a), names(b)], [1, [], []]);
  });

  it("asks one question with the count, and revokes nothing after the answer n", async function () {
    if (!hasTerminal) this.skip(); // Only `script` can open a terminal here.
    made(a, "bob", "one");
    made(b, "bob", "two");
    const line = ["revoke", "--user", "bob", "--all", "--controllers", file];
    const no = await commandAtTerminal(line, "n\r", { environment: PASSWORDS });
    assert.equal(no.code, 1);
    assert.match(no.said, /Permanently revoke 2 tokens on 2 controllers\? \[y\/N\] [\s\S]*Nothing was revoked\.\s+$/);
    assert.deepEqual([names(a), names(b)], [["one"], ["two"]]);
    const yes = await commandAtTerminal(line, "y\r", { environment: PASSWORDS });
    assert.equal(yes.said.match(/\[y\/N\]/g)?.length, 1);
    assert.deepEqual([yes.code, names(a), names(b)], [0, [], []]);
  });

  it("says before the question that the tokens of a failed controller are not shown", async function () {
    if (!hasTerminal) this.skip(); // Only `script` can open a terminal here.
    made(a, "bob", "one");
    const lines = [entry("http://127.0.0.1:1", "admin"), entry(a.url, "admin")];
    const line = ["revoke", "--user", "bob", "--all", "--controllers", fleet.file(lines)];
    const { said } = await commandAtTerminal(line, "n\r", { environment: PASSWORDS });
    assert.equal(said.match(/connection was refused/g)?.length, 1, said);
    assert.match(said, /Not shown: the tokens of 1 controller that failed\.[\s\S]*revoke 1 token on 1 controller\? /);
    assert.deepEqual(names(a), ["one"]);
  });

  it("asks nothing if nobody can see the tokens any more", async function () {
    if (!hasTerminal) this.skip();
    made(a, "bob", "one");
    const line = `(${lineOf(["revoke", "--user", "bob", "--all", "--controllers", file])})`;
    const { said } = await atTerminal(
      `{ ${line}; echo "ended with $?" >&2; } | true`,
      { environment: PASSWORDS },
      "y\r",
    );
    assert.match(said, /ended with 1/);
    assert.doesNotMatch(said, /Permanently revoke/);
    assert.deepEqual(names(a), ["one"]);
  });

  it("revokes tokens that match both --older-than and --expired, of all users with --all-users", async () => {
    made(a, "bob", "old and ended", 400, undefined, "2025-01-01");
    made(b, "alice", "also", 400, undefined, "2025-01-01");
    made(a, "bob", "old", 400);
    made(a, "bob", "ended", 1, undefined, "2025-01-01");
    const args = ["--all-users", "--older-than", "90d", "--expired", "--controllers", file];
    const dry = await revoke(...args, "--dry-run");
    assert.deepEqual(
      [dry.code, dry.said.trimEnd().split("\n").at(-1)],
      [0, "Tokens on 2 controllers that would be revoked: 2"],
    );
    assert.deepEqual(new Set(a.scripts.map(({ verb }) => verb)), new Set(["users", "list"]));
    const { code } = await revoke(...args, "--yes");
    assert.deepEqual([code, names(a), names(b, "alice")], [0, ["old", "ended"], []]);
  });

  it("does not say that there is nothing to revoke if all controllers are down", async () => {
    const down = fleet.file([entry("http://127.0.0.1:1", "admin")]);
    const { code, said } = await revoke("--user", "bob", "--all", "--yes", "--controllers", down);
    assert.deepEqual([code, said], [1, "Nothing was revoked.\n"]);
  });

  it("revokes the tokens on the other controllers if one is down, and reports that one at the end", async () => {
    made(a, "bob", "one");
    const lines = [entry("http://127.0.0.1:1", "admin"), entry(a.url, "admin")];
    const { code, said, aside } = await revoke(
      "--user",
      "bob",
      "--all",
      "--yes",
      "--json",
      "--controllers",
      fleet.file(lines),
    );
    assert.deepEqual([code, names(a)], [1, []]);
    const { version, controllers, tokens } = JSON.parse(said);
    assert.equal(version, 1);
    assert.deepEqual(controllers[0], { jenkinsUrl: a.url, userId: "bob" });
    assert.match(controllers[1].error, /refused/);
    const [{ jenkinsUrl, tokenName, isRevoked, outcome }] = tokens;
    assert.deepEqual([jenkinsUrl, tokenName, isRevoked, outcome], [a.url, "one", true, "revoked"]);
    assert.match(
      aside,
      /refused[\s\S]*Failed for 1 of 2 controllers\.\nTokens on these controllers may still be valid\. Do what the messages say, and run /,
    );
  });

  it("says that only some controllers were searched, if others failed", async () => {
    const lines = [entry("http://127.0.0.1:1", "admin"), entry(a.url, "admin")];
    const { said } = await revoke("--user", "nobody", "--all", "--yes", "--controllers", fleet.file(lines));
    assert.equal(said, "Nothing to revoke: there is no user nobody on 1 controller that did not fail.\n");
  });

  it("fails if no controller has the user, because the name may be mistyped", async () => {
    const { code, said } = await revoke("--user", "nobody", "--all", "--yes", "--controllers", file);
    assert.deepEqual([code, said], [1, "Nothing to revoke: there is no user nobody on 2 controllers.\n"]);
  });

  it("counts a controller that fails for several users once, in the text and in the JSON document", async () => {
    for (const user of ["alice", "bob"]) made(a, user, "refused");
    const isRevoke = Buffer.from('{"verb":"revoke').toString("base64");
    a.intercept = ({ form }) => (form["script"]?.includes(isRevoke) ? { kind: "reply", status: 403 } : undefined);
    const args = ["--all-users", "--name", "refused", "--yes", "--controllers", file];
    const { code, aside } = await revoke(...args);
    assert.deepEqual([code, names(a, "alice"), names(a)], [1, ["refused"], ["refused"]]);
    assert.match(
      aside,
      /Failed for 1 of 2 controllers\.\nTokens on these controllers may still be valid\. Do what the messages say, and run /,
    );
    const { controllers } = JSON.parse((await revoke(...args, "--json")).said);
    assert.deepEqual(
      controllers.map(({ jenkinsUrl }: { jenkinsUrl: string }) => jenkinsUrl),
      [a.url, b.url],
    );
    assert.match(controllers[0].error, /answered 403[\s\S]*answered 403/);
    assert.ok(!("error" in controllers[1]));
  });

  it("reports a revoke as unknown if the page cannot be read afterwards", async () => {
    const uuid = made(a, "bob", "one");
    made(b, "bob", "two");
    a.intercept = ({ path }) => {
      const isRevoked = names(a).length === 0;
      return isRevoked && path.includes("/security/") ? { kind: "reply", status: 404, body: "not here" } : undefined;
    };
    const { code, said, aside } = await revoke("--user", "bob", "--all", "--yes", "--controllers", file);
    assert.deepEqual([code, names(a), names(b)], [1, [], []]);
    assert.match(
      said,
      /Revoked tokens on 2 controllers: 1 of 2\nIt is unknown whether they are revoked: 1\. Run the same command again\.\n/,
    );
    assert.ok(said.includes(`  ${uuid} one on ${a.url}`));
    assert.match(aside, /answered 404/);
  });

  it("reports a revoke as unknown if the page still shows the token, although the reply was a success", async () => {
    const uuid = made(a, "bob", "one");
    const shown = { tokenName: "one", hash: "", useCount: 0, tokenUuid: uuid };
    a.passBack = (reply) => {
      if (names(a).length === 0 && a.log.at(-1)?.path.endsWith("/revoke"))
        a.tokens("bob").push({ ...shown, createdAt: new Date() });
      return reply;
    };
    const { code, said } = await command(["revoke", "--user", "bob", "--all", "--yes"], {
      environment: loginOf(a.url, "admin"),
    });
    assert.equal(code, 1);
    assert.match(said, /Revoked tokens of bob on \S+: 0 of 1\nIt is unknown whether they are revoked: 1/);
  });

  it("keeps the token that it logs in with, even with --all", async () => {
    const own = a.generate("admin", "logs in");
    made(a, "admin", "other");
    const environment = loginOf(a.url, "admin", own.tokenValue);
    const { code, aside } = await command(["revoke", "--user", "admin", "--all", "--yes"], { environment });
    assert.deepEqual([code, names(a, "admin")], [1, ["logs in"]]);
    assert.equal(
      aside,
      `Kept ${own.tokenUuid} logs in of admin on ${a.url}: this command may log in with it. To revoke it, too, log in with a password or with another token.\n`,
    );
  });

  describe("with --stack,", () => {
    let around: Around;
    let managed: string;

    beforeEach(() => {
      const folder = join(fleet.folder, "program");
      mkdirSync(folder);
      managed = made(a, "bob", "managed");
      made(a, "bob", "by hand");
      made(a, "bob", "shop/dev/nightly-0a1b2c3d");
      const resource = (type: string, name: string, id: string) => ({
        urn: `urn:pulumi:dev::shop::${type}::${name}`,
        type,
        id,
        inputs: {},
        outputs: { userId: "bob", jenkinsUrl: a.url },
      });
      const resources = [
        resource("jenkins:index:ApiToken", "ci", managed),
        resource("jenkins:index:RotatingApiToken", "nightly", "rotating-0123456789abcdef"),
      ];
      writeFileSync(join(folder, "state.json"), JSON.stringify({ version: 3, deployment: { resources } }));
      writeFileSync(join(folder, "pulumi"), "#!/bin/sh\nexec cat state.json\n", { mode: 0o755 });
      around = { folder, programs: folder, environment: loginOf(a.url, "admin") };
    });

    const run = (...args: string[]) => command(["revoke", "--user", "bob", "--stack", "dev", "--yes", ...args], around);

    it("keeps tokens that are or may be in the state, and names their resources", async () => {
      const { code, said, aside } = await run("--all");
      assert.deepEqual([code, names(a)], [1, ["managed", "shop/dev/nightly-0a1b2c3d"]]);
      assert.match(said, /: 1 of 1\. Kept: 2\n$/);
      const [first, second] = aside.split("\n");
      const more = "in stack dev. --even-managed revokes it, too.";
      assert.equal(first, `Kept ${managed} managed of bob on ${a.url}: it belongs to the resource ci ${more}`);
      assert.match(second ?? "", /: it may belong to the resource nightly in stack dev\. --even-managed/);
    });

    it("exits with 1 if a kept token was given by its uuid, and revokes kept tokens with --even-managed", async () => {
      const kept = await run(managed, "--json");
      assert.deepEqual([kept.code, names(a).length], [1, 3]);
      const [{ isRevoked, keptBecause, resource }] = JSON.parse(kept.said).tokens;
      assert.deepEqual([isRevoked, keptBecause, resource], [false, "managed", "ci"]);
      const { code, said } = await run("--all", "--even-managed");
      assert.deepEqual([code, names(a)], [0, []]);
      assert.match(said, / resource ci\n/);
    });

    it("revokes only tokens that are not in the state with --not-in-stack", async () => {
      const { code, aside } = await run("--not-in-stack");
      assert.deepEqual([code, aside, names(a)], [0, "", ["managed", "shop/dev/nightly-0a1b2c3d"]]);
    });
  });
});
