import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { read } from "../../provider/command/arguments.ts";
import { chosen } from "../../provider/command/filters.ts";
import type { KnownToken } from "../../provider/command/output.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, listedBy, loginOf, made } from "../support/command.ts";

const NOW = new Date("2026-06-01T00:00:00Z");
const token = (known: Partial<KnownToken>): KnownToken => {
  return { userId: "alice", tokenUuid: "u", tokenName: "ci", isLegacy: false, isExpired: false, ...known };
};

function matches(known: Partial<KnownToken>, ...args: string[]): boolean {
  const wanted = read(["list", ...args]);
  assert.ok("asked" in wanted);
  return chosen([token(known)], wanted.asked, NOW).length === 1;
}

describe("The filters of pulumi-jenkins", () => {
  const [old, recent] = ["2025-01-01T00:00:00Z", "2026-05-31T00:00:00Z"];
  const stack = ["--stack", "dev"];
  const known: [args: string[], matching: Partial<KnownToken>[], others: Partial<KnownToken>[]][] = [
    [["--expired"], [{ isExpired: true }], [{}, { expiresOn: "2020-01-01" }]],
    [["--never-expires"], [{}], [{ expiresOn: "2040-01-01" }, { expiresOn: "unknown" }, { isExpired: true }]],
    [["--older-than", "90d"], [{ createdAt: old }], [{}, { createdAt: recent }, { createdAt: "no date" }]],
    [["--older-than", "1d"], [{ createdAt: recent }], [{ createdAt: "2026-05-31T00:00:01Z" }]],
    [
      ["--unused-for", "90d"],
      [
        { createdAt: old, useCount: 0 },
        { createdAt: old, useCount: 1, lastUsedAt: old },
      ],
      [
        { createdAt: old },
        { useCount: 0 },
        { createdAt: old, useCount: 1 },
        { createdAt: old, useCount: 1, lastUsedAt: recent },
      ],
    ],
    [["--never-used"], [{ useCount: 0 }], [{}, { useCount: 1 }, { useCount: 0, lastUsedAt: old }]],
    [["--name", "ci"], [{}], [{ tokenName: "ci2" }, { tokenName: "CI" }, { tokenName: "" }]],
    [
      ["--name", "c?-*-x"],
      [{ tokenName: "ci-a-x" }, { tokenName: "ci--x" }],
      [{ tokenName: "ci-x" }, { tokenName: "ci-a-xy" }],
    ],
    [["--name", "?x?*"], [{ tokenName: "🚀x🚀" }], [{ tokenName: "🚀🚀x🚀" }, { tokenName: "🚀x" }]],
    [["--name", "a.c[d]"], [{ tokenName: "a.c[d]" }], [{ tokenName: "abcd" }]],
    [
      ["--not-in-stack", ...stack],
      [{}, { isLeftover: true }],
      [{ resource: "ci" }, { mayBeOf: "ci" }],
    ],
    [["--expired", "--name", "x*"], [{ isExpired: true, tokenName: "x" }], [{ isExpired: true }, { tokenName: "x" }]],
  ];
  for (const [args, matching, others] of known) {
    it(`${args.join(" ")} selects only tokens that certainly match`, () => {
      for (const one of matching) assert.ok(matches(one, ...args), JSON.stringify(one));
      for (const one of others) assert.ok(!matches(one, ...args), JSON.stringify(one));
    });
  }

  it("--name stays fast for a name and a pattern that make backtracking slow", () => {
    const begun = Date.now();
    assert.ok(!matches({ tokenName: `${"a".repeat(20_000)}b` }, "--name", "*a*a*a*a*a*a*a*a*a*c"));
    assert.ok(Date.now() - begun < 20_000);
  });

  describe("on a Jenkins,", () => {
    let jenkins: Jenkins;

    beforeEach(async () => {
      jenkins = await startJenkins();
      made(jenkins, "bob", "old", 400);
      made(jenkins, "bob", "new", 1);
      made(jenkins, "bob", "ended", 400, undefined, "2025-01-01");
    });

    afterEach(() => jenkins.close());

    it("combine, and use the script console if only it has the dates", async () => {
      const environment = loginOf(jenkins.url, "admin");
      const args = ["--user", "bob", "--older-than", "90d", "--never-expires"];
      const tokens = await listedBy(jenkins, { environment }, ...args);
      assert.deepEqual(
        tokens.map(({ tokenName }) => tokenName),
        ["old"],
      );
    });

    it("decide the exit code with --fail-on, among the listed tokens", async () => {
      const environment = loginOf(jenkins.url, "admin");
      const codes = [];
      for (const args of [
        ["--fail-on", "expired"],
        ["--fail-on", "expired", "--name", "new"],
        ["--fail-on", "older-than=90d", "--fail-on", "name=nothing"],
        ["--fail-on", "older-than=900d"],
      ]) {
        const { code, aside } = await command(["list", "--user", "bob", ...args], { environment });
        codes.push([code, aside.replace(/^\?.*\n/, "")]);
      }
      assert.deepEqual(codes, [
        [1, "Tokens that meet --fail-on: 1\n"],
        [0, ""],
        [1, "Tokens that meet --fail-on: 2\n"],
        [0, ""],
      ]);
    });

    it("mark the tokens that meet --fail-on", async () => {
      const environment = loginOf(jenkins.url, "admin");
      const listed = async (...more: string[]) => {
        const line = ["list", "--user", "bob", "--fail-on", "name=old", ...more];
        return (await command(line, { environment })).said.split("\n");
      };
      const marked = async (mark: string, ...more: string[]) => {
        const lines = (await listed(...more)).filter((text) => text.includes(mark));
        return lines.map((text) => ["old", "new"].filter((name) => text.includes(name)));
      };
      assert.deepEqual(await marked("meets --fail-on"), [["old"]]);
      assert.deepEqual(await marked("meets --fail-on<", "--markdown"), [["old"]]);
      const { tokens } = JSON.parse((await listed("--json")).join("\n")) as { tokens: Record<string, unknown>[] };
      const facts = tokens.map(({ tokenName, meetsFailOn }) => [tokenName, meetsFailOn]);
      assert.deepEqual(facts, [
        ["ended", undefined],
        ["new", undefined],
        ["old", true],
      ]);
    });
  });
});
