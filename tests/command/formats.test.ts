import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { linkSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "mocha";
import { command, loginOf, made } from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";

const HOSTILE = [
  '=HYPERLINK("http://x")',
  "+1",
  "-1",
  "@SUM(A1)",
  'a,b "c"',
  "| `x` <img src=x> [a](http://b) @team #1 **b**",
  "\u001b[31m\u202e",
  "\t=1",
  " =1+1",
  "＝1",
  'a;=1;x; "@b"',
  'x;"=1+1;y',
  "a-b=c; d",
];

describe("The formats of pulumi-jenkins list", () => {
  let fleet: Fleet;

  beforeEach(() => {
    fleet = new Fleet();
  });

  afterEach(() => fleet.end());

  async function hostile(...args: string[]) {
    const [jenkins] = await fleet.start(1);
    assert.ok(jenkins);
    const uuids = HOSTILE.map((name) => made(jenkins, "alice", name));
    const ended = await command(["list", ...args], { environment: loginOf(jenkins.url, "alice") });
    assert.deepEqual([ended.code, ended.aside], [0, ""]);
    assert.doesNotMatch(ended.said.replaceAll(/[\r\n]/g, ""), /[\p{Cc}\p{Cf}]/u);
    return { ...ended, uuids, url: jenkins.url };
  }

  it("--csv writes a header, quotes cells where necessary, and makes formulas harmless", async () => {
    const { said, uuids, url } = await hostile("--csv");
    const lines = said.split("\r\n");
    const head = "jenkinsUrl,userId,tokenName,tokenUuid,isLegacy,createdAt,lastUsedAt,useCount,expiresOn,isExpired";
    assert.equal(lines[0], `${head},resource,mayBeOf,isLeftover`);
    const cells = [
      `"'=HYPERLINK(""http://x"")"`,
      `"'+1"`,
      `"'-1"`,
      `"'@SUM(A1)"`,
      `"a,b ""c"""`,
      "| `x` <img src=x> [a](http://b) @team #1 **b**",
      "\\u001b[31m\\u202e",
      "\\u0009=1",
      `"' =1+1"`,
      `"'＝1"`,
      `"a;'=1;x;' ""@b"""`,
      `"x;'""=1+1;y"`,
      `"a-b=c; d"`,
    ];
    const expected = cells.map((cell, index) => `${url},alice,${cell},${uuids[index]},false,,,0,,false,,,`);
    assert.deepEqual(new Set(lines.slice(1)), new Set([...expected, ""]));
  });

  it("--markdown writes a table in which every name is plain text", async () => {
    const { said, uuids } = await hostile("--markdown");
    const [title, , head, rule, ...rows] = said.trimEnd().split("\n");
    assert.match(title ?? "", /^API tokens of <code>alice<\/code> on <code>http&#58;.*<\/code>: 13 of 13$/);
    assert.equal(head, "| Controller | User | Name | Uuid | Created | Last used | Uses | Expires | Remarks |");
    assert.equal(rule, "|---|---|---|---|---|---|---|---|---|");
    assert.equal(rows.length, uuids.length);
    for (const row of rows) {
      assert.equal(row.split("|").length, 11, row);
      assert.match(row.replaceAll(/<\/?code>|&#\d+;|\|/g, ""), /^[\p{L}\p{N} -]*$/u);
    }
    assert.match(said, /<code>&#124; &#96;x&#96; &#60;img src&#61;x&#62; .*&#64;team/);
  });

  it("--csv and --markdown list all controllers, and --markdown lists those that failed", async () => {
    const [a, b] = await fleet.start(2);
    assert.ok(a && b);
    made(a, "alice", "on a");
    made(b, "alice", "on b");
    const nowhere = entry("http://127.0.0.1:1", "alice");
    const args = ["list", "--controllers", fleet.file([entry(a.url, "alice"), nowhere, entry(b.url, "alice")])];
    const csv = await command([...args, "--csv"], { environment: PASSWORDS });
    const names = csv.said.split("\r\n").map((line) => line.split(",")[2]);
    assert.deepEqual([csv.code, names], [1, ["tokenName", "on a", "on b", undefined]]);
    const { code, said } = await command([...args, "--markdown"], { environment: PASSWORDS });
    assert.equal(code, 1);
    assert.match(said, /^API tokens of the logged-in users on 2 controllers: 2 of 2\n/);
    assert.match(said, /\nFailed for 1 controller:\n\n- <code>http&#58;&#47;&#47;127[^<]*<\/code>: <code>[^<]*refused/);
  });

  it("--html writes the report into a named pipe", async function () {
    if (process.platform === "win32") this.skip(); // It has no mkfifo.
    const [jenkins] = await fleet.start(1);
    assert.ok(jenkins);
    const pipe = join(fleet.folder, "pipe");
    assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
    const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "inherit"] });
    const read = text(reader.stdout);
    const ended = await command(["list", "--html", pipe], { environment: loginOf(jenkins.url, "alice") });
    if (ended.code !== 0) reader.kill(); // It would wait for a writer for ever.
    const page = await read;
    assert.deepEqual([ended.code, ended.aside], [0, `Wrote 0 tokens into ${pipe}.\n`]);
    assert.match(page, /^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  it("gives equal names different names in --import-file, also beside names that look like these", async () => {
    const [jenkins] = await fleet.start(1);
    assert.ok(jenkins);
    for (const name of ["a-2", "a", "a!", "a?", "a.3", "a.4!"]) made(jenkins, "alice", name);
    const file = join(fleet.folder, "tokens.json");
    await command(["list", "--import-file", file], { environment: loginOf(jenkins.url, "alice") });
    const names = JSON.parse(readFileSync(file, "utf8")).resources.map(({ name }: { name: string }) => name);
    assert.equal(new Set(names).size, 6, names.join());
  });

  it("refuses a file of --html that is the controllers file under another name, and keeps that file", async () => {
    const file = fleet.file([entry("http://127.0.0.1:1", "alice")]);
    const before = readFileSync(file, "utf8");
    for (const [index, link] of [symlinkSync, linkSync].entries()) {
      const other = join(fleet.folder, `link-${index}`);
      link(file, other);
      const { code, aside } = await command(["list", "--controllers", file, "--html", other], {
        environment: PASSWORDS,
      });
      assert.equal(code, 2);
      assert.match(aside, /^--controllers, --html and --import-file need different files\./);
    }
    assert.equal(readFileSync(file, "utf8"), before);
  });

  it("names in each report the controllers that do not count uses, if a filter needs use counts", async () => {
    const [a] = await fleet.start(1);
    const [b] = await fleet.start(1, { usageStatisticsEnabled: false });
    assert.ok(a && b);
    for (const jenkins of [a, b]) made(jenkins, "alice", "old", 400);
    const [page, file] = [join(fleet.folder, "a.html"), fleet.file([a, b].map(({ url }) => entry(url, "admin")))];
    const list = async (...args: string[]) =>
      (await command(["list", "--all-users", ...args, "--controllers", file], { environment: PASSWORDS })).said;
    const json = JSON.parse(await list("--json", "--unused-for", "90d"));
    assert.deepEqual(
      json.controllers.map(({ lacksCounts }: { lacksCounts?: boolean }) => lacksCounts),
      [undefined, true],
    );
    const code = `<code>${b.url.replace(/[:/.]/g, (char) => `&#${char.charCodeAt(0)};`)}</code>`;
    const text = "Jenkins does not count uses, so no token is known to be unused, on 1 controller:";
    assert.ok((await list("--markdown", "--fail-on", "never-used")).includes(`\n${text}\n\n- ${code}\n`));
    await list("--html", page, "--unused-for", "90d");
    const [, items] =
      /Controllers that do not count uses: 1<.*?<ul>(.*?)<\/ul>/s.exec(readFileSync(page, "utf8")) ?? [];
    assert.equal(items, `<li>${b.url}</li>`);
    assert.doesNotMatch(await list("--markdown", "--expired"), /does not count/);
  });

  it("shows days, words and uuids of its own although the password is one of these words or a part of them", async () => {
    for (const password of ["never", "false", "2040", "expired"]) {
      const [jenkins] = await fleet.start(1, { users: [{ id: "alice", password }] });
      assert.ok(jenkins);
      const uuid = made(jenkins, "alice", "old", 1, undefined, "2040-01-01");
      const unused = made(jenkins, "alice", "ended", 1, undefined, "2025-01-01");
      const environment = { ...loginOf(jenkins.url, "alice"), JENKINS_PASSWORD: password };
      const { said } = await command(["list"], { environment });
      assert.match(said, new RegExp(`old .*${uuid} .* never .* 2040-01-01`));
      assert.match(said, new RegExp(`ended .*${unused} .* expired`));
      const csv = await command(["list", "--csv"], { environment });
      assert.match(csv.said, new RegExp(`,old,${uuid},false,,,0,2040-01-01,false,`));
      const json = JSON.parse((await command(["list", "--json"], { environment })).said);
      assert.equal(
        json.tokens.find(({ tokenUuid }: { tokenUuid: string }) => tokenUuid === uuid).expiresOn,
        "2040-01-01",
      );
    }
  });

  it("--import-file writes each token that can be imported, under a unique name", async () => {
    const [jenkins] = await fleet.start(1);
    assert.ok(jenkins);
    jenkins.changeLegacyToken("alice");
    const names = ["deploy script", "Deploy Script", "42", "!!", "Ärger/雪", "x".repeat(200)];
    const uuids = names.map((name) => made(jenkins, "alice", name));
    made(jenkins, "alice", "ended", 1, undefined, "2025-01-01");
    made(
      jenkins,
      "alice",
      `pulumi-jenkins exec ${new Date().toISOString().slice(0, 19)}Z build-7 4711 1502933a-88214-2b763865a0a0e22e`,
    );
    const file = join(fleet.folder, "tokens.json");
    const args = ["list", "--import-file", file];
    const { code, aside } = await command(args, { environment: loginOf(jenkins.url, "alice") });
    const next = `Next: pulumi import --file ${file} --protect=false. A protected resource can't be rotated or revoked.`;
    assert.deepEqual([code, aside.replace(/^\?.*\n/, "")], [0, `Wrote 6 tokens into ${file}. ${next}\n`]);
    const { resources } = JSON.parse(readFileSync(file, "utf8"));
    const expected = ["deploy-script", "deploy-script-2", "token-42", "token", "arger", "x".repeat(60)];
    const type = "jenkins:index:ApiToken";
    assert.deepEqual(
      new Set(resources.map((one: object) => JSON.stringify(one))),
      new Set(expected.map((name, index) => JSON.stringify({ type, name, id: `alice/${uuids[index]}` }))),
    );
    const asked = jenkins.log.length;
    const nowhere = await command(["list", "--import-file", join(fleet.folder, "no", "file")], {
      environment: loginOf(jenkins.url, "alice"),
    });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.aside, /^--import-file: \S+ can't be written \(ENOENT\)\./);
    assert.deepEqual(jenkins.log.slice(asked), []);
  });
});
