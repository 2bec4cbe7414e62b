import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import stringWidth from "string-width";
import { shortenedInMiddle, wrapped } from "../../provider/command/columns.ts";
import { messageOf, needingConsole } from "../../provider/command/words.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, commandInColumns, hasTerminal, loginOf, made } from "../support/command.ts";

const GUIDE = fileURLToPath(new URL("../../docs/command.md", import.meta.url));
const ESCAPE = "\u001b";
const ERASED = `${ESCAPE}[K`;
const CODE = new RegExp(`${ESCAPE}\\[\\d+m`, "g");
const WIDE = "持续集成服务器的访问令牌-ビルド用トークン-한국어 토큰 🚀🚀🚀";
const COMBINING = "e\u0301".repeat(20);
const LONG = "shop/dev/nightly-deployment-to-the-production-cluster-0a1b2c3e";

describe("pulumi-jenkins at a terminal", () => {
  let jenkins: Jenkins;
  let folder: string;

  before(function () {
    if (!hasTerminal) this.skip();
  });

  beforeEach(async () => {
    jenkins = await startJenkins();
    folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-terminal-"));
  });

  afterEach(async () => {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  });

  const as = (id: string, more: Record<string, string> = {}) => {
    return { environment: { ...loginOf(jenkins.url, id), TERM: "xterm", ...more }, folder, programs: folder };
  };

  /** The lines that remain on the screen, without colours. */
  const linesOf = (said: string) => {
    const lines = said.trimEnd().split(/\r*\n/);
    return lines.map((line) => stripVTControlCharacters(line.split(ERASED).at(-1) ?? ""));
  };

  /**
   * Creates tokens with many kinds of names, and a `pulumi` whose state has one of them.
   *
   * @returns the uuids of the tokens, and the day on which the last of them was created.
   */
  function fill(): { uuids: string[]; day: string } {
    const known = made(jenkins, "alice", LONG, 400, 100);
    const all = [WIDE, COMBINING, "shop/dev/gone-0a1b2c3f"].map((name) => made(jenkins, "alice", name, 9));
    const ended = made(jenkins, "bob", "ended", 9, undefined, "2020-01-01");
    writeState(known, "nightly", LONG);
    const day = jenkins.tokens("bob")[0]?.createdAt?.toISOString().slice(0, 10) ?? "no day";
    return { uuids: [known, ...all, ended], day };
  }

  /** Writes a `pulumi` that exports a state with one token. */
  function writeState(id: string, name: string, tokenName: string): void {
    const type = "jenkins:index:ApiToken";
    const outputs = { userId: "alice", jenkinsUrl: jenkins.url, tokenName };
    const resources = [
      { urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", type: "pulumi:pulumi:Stack" },
      { urn: `urn:pulumi:dev::shop::${type}::${name}`, type, id, inputs: {}, outputs },
    ];
    writeFileSync(join(folder, "state.json"), JSON.stringify({ version: 3, deployment: { resources } }));
    writeFileSync(join(folder, "pulumi"), "#!/bin/sh\nexec cat state.json\n", { mode: 0o755 });
  }

  for (const columns of [60, 80, 120, 160]) {
    it(`fits a table into ${columns} columns without shortening uuids, remarks and dates`, async () => {
      const { uuids, day } = fill();
      const { said } = await commandInColumns(columns, ["list", "--all-users", "--stack", "dev"], as("admin"));
      const lines = linesOf(said);
      for (const line of lines) assert.ok(stringWidth(line) <= columns, line);
      for (const uuid of uuids) assert.ok(said.includes(uuid), said);
      for (const word of ["resource nightly", "LEFT OVER", day, "expired"]) assert.ok(said.includes(word), word);
      const name = lines.find((line) => line.includes("0a1b2c3e")) ?? "";
      assert.match(name, /(^|alice {2})shop\/dev\/.*0a1b2c3e /);
    });
  }

  it("puts the uuid below the name, and aligns the columns for characters of any width, in 80 columns", async () => {
    fill();
    const { said } = await commandInColumns(80, ["list", "--all-users"], as("admin"));
    const lines = linesOf(said);
    const [head = "", below] = lines;
    assert.match(head, /^NAME +CREATED {5}LAST USED {3}USES {2}EXPIRES$/);
    assert.equal(below, "  UUID");
    const column = head.indexOf("CREATED");
    const rows = lines.filter((line) => /\d{4}-\d\d-\d\d/.test(line));
    assert.equal(rows.length, 5);
    for (const row of rows) assert.equal(stringWidth(row.slice(0, row.search(/20\d\d-/))), column, row);
    assert.deepEqual(
      lines.filter((line) => /^(alice|bob)$/.test(line)),
      ["alice", "bob"],
    );
  });

  it("prints the table in docs/command.md in 80 columns", async () => {
    const known = made(jenkins, "alice", "shop/dev/ci-0a1b2c3d", 40, 3, "2040-01-01");
    made(jenkins, "alice", "shop/dev/nightly-0a1b2c3e", 400, 100);
    writeState(known, "ci", "shop/dev/ci-0a1b2c3d");
    const args = ["list", "--user", "alice", "--via", "scriptConsole", "--stack", "dev"];
    const { said } = await commandInColumns(80, args, as("admin"));
    const [, shown = ""] = /```text\n(NAME[^`]*)\n```/.exec(readFileSync(GUIDE, "utf8")) ?? [];
    const plain = (text: string) => text.replaceAll(/[0-9a-f-]{36}/g, "UUID").replaceAll(/20[234]\d-\d\d-\d\d/g, "DAY");
    assert.equal(plain(linesOf(said).slice(0, -1).join("\n")), plain(shown));
  });

  it("shows the controller above its tokens if there are several", async () => {
    const other = await startJenkins();
    made(jenkins, "alice", "here");
    made(other, "alice", "there");
    const args = ["list", "--url", jenkins.url, "--url", other.url];
    const { said } = await commandInColumns(80, args, as("alice"));
    await other.close();
    const lines = linesOf(said).filter((line) => !line.startsWith("  "));
    const names = lines.slice(1, 5).map((line) => line.replace(/ {2,}.*/, ""));
    assert.deepEqual(names, [`alice on ${jenkins.url}`, "here", `alice on ${other.url}`, "there"]);
  });

  it("colours the header, expired tokens, the remarks that need attention, and the marks of doctor", async () => {
    fill();
    const { said } = await commandInColumns(120, ["list", "--all-users", "--stack", "dev"], as("admin"));
    for (const shown of ["[1mNAME", "[33mexpired", "[33mLEFT OVER"]) assert.ok(said.includes(ESCAPE + shown), said);
    const failing = await commandInColumns(160, ["list", "--all-users", "--fail-on", "name=*"], as("admin"));
    assert.ok(failing.said.includes(`${ESCAPE}[33mmeets --fail-on`), failing.said);
    const doctor = await commandInColumns(80, ["doctor"], as("alice"));
    for (const shown of ["[32m✔", "[33m!", "[32mReady"]) assert.ok(doctor.said.includes(ESCAPE + shown), doctor.said);
    const failed = await commandInColumns(80, ["doctor"], as("alice", { JENKINS_PASSWORD: "not-it-at-all" }));
    for (const shown of ["[31m✘", "[31mNot ready"]) assert.ok(failed.said.includes(ESCAPE + shown), failed.said);
  });

  it("uses no colours with NO_COLOR, or in a pipe without FORCE_COLOR", async () => {
    fill();
    const args = ["list", "--all-users", "--stack", "dev"];
    const without = await commandInColumns(120, args, as("admin", { NO_COLOR: "1" }));
    const piped = await command(args, as("admin"));
    for (const { said } of [without, piped]) assert.doesNotMatch(said, CODE);
    assert.match((await command(args, as("admin", { FORCE_COLOR: "1" }))).said, CODE);
  });

  it("uses no colours in formats for programs, and lets no escape sequence of a name through", async () => {
    made(jenkins, "alice", "\u001b[41mred\u001b[0m", 9, undefined, "2020-01-01");
    for (const format of ["--json", "--csv", "--markdown"]) {
      const { said } = await command(["list", format], as("alice", { FORCE_COLOR: "1" }));
      assert.ok(!said.includes(ESCAPE), said);
    }
    const { said } = await command(["list"], as("alice", { FORCE_COLOR: "1" }));
    const codes = new Set([...said.matchAll(CODE)].map(([code]) => code.slice(1)));
    assert.deepEqual(codes, new Set(["[1m", "[22m", "[33m", "[39m"]));
  });

  it("breaks sentences only between words, and indents the following lines", async () => {
    const { said } = await commandInColumns(80, ["doctor", "--user", "bob"], as("alice"));
    const lines = linesOf(said);
    for (const line of lines) assert.ok(stringWidth(line) <= 80, line);
    const failing = lines.findIndex((line) => line.startsWith("✘"));
    assert.match(lines[failing + 1] ?? "", /^ {14}\S/);
    const long = await commandInColumns(80, ["list", "--all-users"], as("alice"));
    assert.ok(linesOf(long.said).length > 2);
    for (const line of linesOf(long.said)) assert.ok(stringWidth(line) <= 80, line);
  });

  it("shows what it waits for after a second, and nothing of this without a terminal", async () => {
    jenkins.intercept = ({ path }) =>
      path.endsWith("/whoAmI/api/json") ? { kind: "delay", ms: 2_500, when: "before" } : undefined;
    const login = `Waiting for ${jenkins.url} to accept the login of alice ... `;
    const shown: [args: string[], text: string][] = [
      [["doctor"], login],
      [["list"], "Waiting for Jenkins ... "],
      [
        ["list", "--url", jenkins.url, "--url", jenkins.url.replace("127.0.0.1", "localhost")],
        "0 of 2 controllers. Waiting for ",
      ],
    ];
    for (const [args, text] of shown) {
      const { said } = await commandInColumns(100, args, as("alice"));
      assert.ok(said.includes(text), said);
      assert.ok(!linesOf(said).some((line) => line.includes("Waiting")), said);
      const { code, aside } = await command(args, as("alice"));
      assert.deepEqual([code, aside], [0, ""]);
    }
  });

  it("shows the number of users it has asked so far, but not of one user", async () => {
    jenkins.intercept = ({ path }) =>
      path.endsWith("/security/") ? { kind: "delay", ms: 1_500, when: "before" } : undefined;
    const own = (await commandInColumns(100, ["list"], as("admin"))).said;
    assert.match(own, /\rWaiting for Jenkins \.\.\. \d s/);
    assert.doesNotMatch(own, /of 1 user/);
    jenkins.intercept = ({ path }) => (path === "/scriptText" ? { kind: "delay", ms: 800, when: "before" } : undefined);
    const { said } = await commandInColumns(100, ["list", "--all-users"], as("admin"));
    assert.ok(
      said.split(ERASED).some((shown) => /\r[12] of 3 users \.\.\. \d s$/.test(shown)),
      said,
    );
  });
});

describe("A text in columns", () => {
  it("keeps its beginning, its end and whole characters when it is shortened", () => {
    assert.equal(shortenedInMiddle("shop/dev/nightly-0a1b2c3d", 17), "shop/dev…0a1b2c3d");
    assert.equal(shortenedInMiddle("shop/dev/ci", 11), "shop/dev/ci");
    for (const text of [WIDE, COMBINING, LONG, "👩‍👩‍👧".repeat(9), "x".repeat(100_000)]) {
      for (let width = 1; width <= 40; width++) {
        const short = shortenedInMiddle(text, width);
        assert.ok(stringWidth(short) <= width && stringWidth(short) >= Math.min(width - 2, stringWidth(text)), short);
        assert.doesNotMatch(short, /\p{Cs}/u);
        assert.doesNotMatch(short, /(^|…)\u0301/);
      }
    }
  });

  it("is broken only between words, and keeps a word that is too long whole", () => {
    assert.deepEqual(wrapped("one two https://ci.example.com three", 9), [
      "one two",
      "https://ci.example.com",
      "three",
    ]);
    assert.deepEqual(wrapped("持续 集成 服务器", 9), ["持续 集成", "服务器"]);
  });
});

describe("The messages of pulumi-jenkins", () => {
  it("name the options of the command line that need the script console", () => {
    const named = (line: string) => needingConsole(line.split(" "));
    assert.equal(named("exec --user bob -- tool --via x"), "--user");
    assert.equal(named("list --older-than=90d --all-users --fail-on expired"), "--all-users and --older-than");
    assert.equal(named("list --fail-on unused-for=90d"), "--fail-on");
    assert.equal(named("revoke --value -"), "the option that needs it");
  });

  it("name only settings that can be set on the command line", () => {
    const ROOT = fileURLToPath(new URL("../../provider/jenkins", import.meta.url));
    const sources = globSync("*.ts", { cwd: ROOT }).map((name) => readFileSync(join(ROOT, name), "utf8"));
    const code = sources.join("\n").replaceAll(/\/\*[\s\S]*?\*\/|\/\/ .*$/gm, "");
    const texts = [...code.matchAll(/"[^"\n]*"|`(?:[^`\\]|\\.)*`|'[^'\n]*'/g)].map(([text]) =>
      text.replaceAll("\\`", "`"),
    );
    const theirs = texts.filter((text) => /`connection\.|leave out `via`/.test(text));
    assert.ok(theirs.length > 8, String(theirs.length));
    const left = theirs.map((text) => messageOf(Object.assign(new Error(text), { code: "ERR_JENKINS_X" })));
    assert.deepEqual(
      left.filter((text) => /connection\.[a-z]|`via`|jenkins:/i.test(text)),
      [],
    );
  });
});
