import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { Parser } from "htmlparser2";
import { afterEach, beforeEach, describe, it } from "mocha";
import { keepLogin } from "../../provider/redaction.ts";
import { command, made } from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";
import { ago, Reports, reportOf, token, type Written } from "../support/html-report.ts";

const HOSTILE = [
  `<img src=x onerror=alert(1)>`,
  `</script><script>alert(1)</script>`,
  `</style><!--<script>`,
  `"'><b onclick="alert(1)">`,
  `' onmouseover='alert(1)`,
  `\${alert(1)} \\u003cb\\u003e &lt;b&gt;`,
  `]]> --> <![CDATA[`,
  `javascript:alert(1)`,
  `\u0000\u001b[31m\r\n\t\u2028`,
  `\u202eevil\u2066\ufeff`,
];

/** The names and attributes of all elements, without text. */
function skeleton(page: string): string[] {
  const found: string[] = [];
  const parser = new Parser({ onopentag: (name, attributes) => found.push(`${name} ${Object.keys(attributes)}`) });
  parser.end(page.replace(/<svg.*?<\/svg>/gs, ""));
  return found;
}

function textsIn(page: string): string {
  let text = "";
  const add = (part: string) => {
    text += part;
  };
  const parser = new Parser({ ontext: add, onopentag: () => add(" "), onclosetag: () => add(" ") });
  parser.end(page.replace(/<(script|style).*?<\/\1>/gs, ""));
  return text.replace(/\s+/g, " ");
}

/** The findings of the report with their numbers, and the heading between them and the notes, in their order. */
function findingsOn({ page }: Written): string[] {
  const [section = ""] = /<section aria-labelledby="attention">.*?<\/section>/s.exec(page) ?? [];
  const found = section.matchAll(/<strong>(\d+)<\/strong> <span><b>(.*?)<\/b>|<h3[^>]*>(.*?)<\/h3>/g);
  return [...found].map(([, count, name, heading]) => heading ?? `${count} ${name}`);
}

describe("pulumi-jenkins list --html", () => {
  let reports: Reports;

  beforeEach(() => {
    reports = new Reports();
  });

  afterEach(() => reports.end());

  it("writes URLs, users, names, remarks, messages and filters as text, never as markup", async () => {
    const fleet = (text: string) => {
      const tokens = [token({ userId: text, tokenName: text, tokenUuid: text, resource: text })];
      const report = reportOf(tokens, { isFleet: true, whose: text });
      for (const listing of report.listings) listing.url = text;
      return { ...report, failures: [{ name: text, message: text }] };
    };
    const plain = skeleton((await reports.write(fleet("plain"), "--name", "plain")).page);
    for (const text of HOSTILE) {
      const { page, data } = await reports.write(fleet(text), "--name", text);
      assert.deepEqual(skeleton(page), plain, text);
      assert.doesNotMatch(page.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, text);
      assert.equal([...page.matchAll(/<\/script/gi)].length, 2, text);
      if (/^[\x20-\x7e]+$/.test(text)) {
        assert.equal(data.controllers?.[0], text);
        assert.deepEqual([data.rows[0]?.[2], data.rows[0]?.[3], data.rows[0]?.[4]], [text, text, text]);
      }
    }
  });

  it("allows only one script and one style, by their hashes, and loads nothing", async () => {
    const { page } = await reports.write(reportOf([token()]));
    const hashOf = (text = "") => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const script = hashOf(/<script>(.*?)<\/script>/s.exec(page)?.[1]);
    const style = hashOf(/<style>(.*?)<\/style>/s.exec(page)?.[1]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll("&#39;", "'");
    assert.equal(
      policy,
      `default-src 'none'; script-src ${script}; style-src ${style}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
    );
    assert.doesNotMatch(page, /\s(?:src|href|style|on\w+)=|url\(|@import|<(?:link|base|iframe|object|form)\b/i);
    assert.ok(page.indexOf("Content-Security-Policy") < page.indexOf("<style>"));
  });

  it("counts tokens that need attention, the most urgent first, but none whose data is unknown", async () => {
    const known = { createdAt: ago(400), lastUsedAt: ago(3), useCount: 7, expiresOn: ago(-200).slice(0, 10) };
    const neverUsed = { lastUsedAt: undefined, useCount: 0 };
    const written = await reports.write(
      reportOf([
        token({ expiresOn: "unknown" }),
        token(known),
        token({ ...known, lastUsedAt: ago(91) }),
        token({ ...known, lastUsedAt: ago(91), expiresOn: undefined }),
        token({ ...known, lastUsedAt: ago(91), expiresOn: "unknown" }),
        token({ ...known, ...neverUsed }),
        token({ ...known, ...neverUsed, expiresOn: undefined }),
        token({ ...known, ...neverUsed, createdAt: ago(89) }),
        token({ ...known, expiresOn: ago(-14).slice(0, 10) }),
        token({ ...known, expiresOn: ago(-15).slice(0, 10) }),
        token({ ...known, ...neverUsed, expiresOn: ago(20).slice(0, 10), isExpired: true }),
        token({ ...known, expiresOn: undefined }),
        token({ ...known, isLegacy: true, expiresOn: undefined }),
        token({ ...known, isLeftover: true }),
      ]),
    );
    assert.deepEqual(findingsOn(written), [
      "1 expired",
      "1 left over",
      "1 unused, never expires",
      "2 old, never used",
      "1 expires within 14 days",
      "2 unused for 90 days",
      "1 legacy",
      "Not counted as needing attention",
      "4 never expires",
    ]);
    const bits = written.data.rows.map(([sum]) => sum);
    assert.deepEqual(bits, [0, 0, 8, 65, 8, 32, 33, 0, 16, 0, 256, 1, 5, 128]);
    const text = textsIn(written.page);
    assert.match(text, /Tokens 14 Users with tokens 1 Need attention 9 /);
    assert.match(text, /Tokens by age: under 30 days: 0, 30 to 89 days: 1, .*1 to 2 years: 12, .*unknown: 1\./);
    assert.match(text, /by last use: under 7 days ago: 6, .*90 to 364 days ago: 3, .*never used: 4, unknown: 1\./);
    assert.match(text, /left: 0 to 14 days: 1, 15 to 90 days: 1, 91 to 365 days: 5, .*expires: 4, unknown: 2\./);
    assert.doesNotMatch(text, /shows no times/);
  });

  it("does not let tokens that never expire, or belong to no stack, count as needing attention", async () => {
    const used = { createdAt: ago(400), lastUsedAt: ago(3), useCount: 7 };
    const report = reportOf([token(used), token({ ...used, resource: "ci" }), token({ ...used, mayBeOf: "ci" })]);
    const compared = await reports.write(report, "--stack", "dev");
    const notes = ["Not counted as needing attention", "1 not in a stack", "3 never expires"];
    assert.deepEqual(findingsOn(compared), notes);
    assert.match(textsIn(compared.page), /Need attention 0 .* No token needs attention\./);
    assert.deepEqual(
      compared.data.rows.map(([bits]) => bits),
      [3, 1, 1],
    );
    assert.ok(compared.data.findings.every(([bit]) => bit > 3));
    const alone = await reports.write(report);
    assert.deepEqual(findingsOn(alone), ["Not counted as needing attention", "3 never expires"]);
  });

  it("says that nothing known needs attention if the dates are unknown", async () => {
    const { page } = await reports.write(reportOf([token({ expiresOn: "unknown" })]), "--name", "dep*", "--expired");
    assert.match(textsIn(page), /The page of a user shows no times\. pulumi-jenkins list --via scriptConsole does\./);
    assert.match(textsIn(page), /No token needs attention\. Unknown properties are not counted\./);
    assert.match(textsIn(page), /It has only the tokens that meet --expired --name dep\* \./);
  });

  it("masks secrets", async () => {
    keepLogin("mallory", "hidden-Secret-42-of-ours");
    const secret = "hidden-Secret-42-of-ours";
    const report = reportOf([token({ tokenName: `x ${secret}`, resource: secret })]);
    const { page } = await reports.write({ ...report, failures: [{ name: secret, message: `says "${secret}"` }] });
    assert.doesNotMatch(page, /hidden-Secret/);
    assert.match(page, /x \[secret\]/);
  });

  it("needs less than 20 MB for 100,000 tokens", async () => {
    const tokens = Array.from({ length: 100_000 }, (_, index) => {
      const use = { createdAt: ago(index % 900), lastUsedAt: ago(index % 300), useCount: index };
      return token({
        ...use,
        tokenName: `terraform pipeline of team ${index}`,
        expiresOn: ago(-index % 500).slice(0, 10),
      });
    });
    const begun = Date.now();
    await reports.write(reportOf(tokens));
    const { size } = statSync(reports.file);
    process.stdout.write(`  100,000 tokens: ${(size / 1e6).toFixed(1)} MB in ${Date.now() - begun} ms\n`);
    assert.ok(size < 20_000_000);
  });

  describe("for many controllers", () => {
    let fleet: Fleet;

    beforeEach(() => {
      fleet = new Fleet();
    });

    afterEach(() => fleet.end());

    it("shows the figures of all controllers, and names the one that failed", async () => {
      const [a, b] = await fleet.start(2);
      assert.ok(a && b);
      made(a, "alice", "<b>on a</b>", 200, 100);
      made(b, "bob", "on b", 5);
      const nowhere = "http://127.0.0.1:1";
      const lines = [a.url, nowhere, b.url].map((url) => entry(url, "admin"));
      const args = ["list", "--all-users", "--html", reports.file, "--controllers", fleet.file(lines)];
      const { code, said, aside } = await command(args, { environment: PASSWORDS });
      assert.deepEqual([code, said], [1, ""]);
      assert.match(aside, /^Wrote 2 tokens into \S+tokens\.html\.\nhttp:\/\/127\.0\.0\.1:1: .*refused/);
      const written = reports.written();
      const text = textsIn(written.page);
      assert.match(text, /Jenkins API tokens of all users on 2 controllers/);
      assert.match(text, /Tokens 2 Users with tokens 2 Need attention 1 Controllers 2 of 3 /);
      assert.match(text, /Controllers that failed: 1 .*http:\/\/127\.0\.0\.1:1 .*the connection was refused/);
      const notes = ["Not counted as needing attention", "2 never expires"];
      assert.deepEqual(findingsOn(written), ["1 unused, never expires", ...notes]);
      assert.deepEqual(written.data.controllers, [a.url, b.url]);
      const rows = written.data.rows.map(([bits, place, user, name]) => [bits, place, user, name]);
      assert.deepEqual(rows, [
        [65, 0, "alice", "<b>on a</b>"],
        [1, 1, "bob", "on b"],
      ]);
    });

    it("names the controllers that failed even if the file cannot be written at the end", async () => {
      const [a] = await fleet.start(1);
      assert.ok(a);
      a.intercept = () => {
        mkdirSync(reports.file, { recursive: true });
        return undefined;
      };
      const file = fleet.file([a.url, "http://127.0.0.1:1"].map((url) => entry(url, "alice")));
      const line = ["list", "--controllers", file, "--html", reports.file];
      const { code, aside } = await command(line, { environment: PASSWORDS });
      assert.equal(code, 2);
      assert.match(aside, /^http:\/\/127\.0\.0\.1:1: .*refused[\s\S]*\n--html: \S+ can't be written \(EISDIR\)\./);
    });

    it("asks no Jenkins if the file cannot be written, or if another format is given, too", async () => {
      const [a] = await fleet.start(1);
      assert.ok(a);
      const file = fleet.file([entry(a.url, "alice")]);
      const run = (...args: string[]) => command(["list", "--controllers", file, ...args], { environment: PASSWORDS });
      const folder = await run("--html", fleet.folder);
      assert.equal(folder.code, 2);
      assert.match(folder.aside, /^--html: \S+ can't be written \(EISDIR\)\./);
      assert.deepEqual(a.log, []);
      const both = await run("--html", reports.file, "--markdown");
      assert.equal(both.code, 2);
      assert.match(both.aside, /^--markdown and --html can't be combined\./);
    });
  });
});
