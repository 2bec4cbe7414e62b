import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isUnused } from "../../provider/jenkins/token.ts";
import type { ReviewedToken, TokenQuery } from "../../provider/properties.ts";
import type { Context } from "../../provider/resources/context.ts";
import { getApiTokens } from "../../provider/resources/get-tokens.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";

const NOW = new Date("2026-06-30T12:00:00Z");
const daysAgo = (days: number, ms = 0) => new Date(NOW.getTime() - days * 86_400_000 + ms);

describe("A token was certainly not used for 90 days", () => {
  const ago = (days: number, ms = 0) => daysAgo(days, ms).toISOString();
  const cases: [claim: string, token: Partial<ReviewedToken>, is: boolean][] = [
    ["if it was created and last used before", { createdAt: ago(200), lastUsedAt: ago(100), useCount: 3 }, true],
    ["if it was created before and never used", { createdAt: ago(200), useCount: 0 }, true],
    ["if both were exactly 90 days ago", { createdAt: ago(90), lastUsedAt: ago(90), useCount: 1 }, true],
    [
      "not if the last use is one millisecond too recent",
      { createdAt: ago(200), lastUsedAt: ago(90, 1), useCount: 1 },
      false,
    ],
    ["not if it was used since", { createdAt: ago(200), lastUsedAt: ago(0), useCount: 3 }, false],
    ["not if it was created since, although never used", { createdAt: ago(90, 1), useCount: 0 }, false],
    ["not if its creation time is unknown", { useCount: 0 }, false],
    [
      "not if its creation time is unknown, although its last use is long ago",
      { lastUsedAt: ago(200), useCount: 3 },
      false,
    ],
    ["not if it was used at an unknown time", { createdAt: ago(200), useCount: 3 }, false],
    [
      "not if it has a time of use, although its count is 0",
      { createdAt: ago(200), lastUsedAt: ago(1), useCount: 0 },
      false,
    ],
    ["not if uses aren't counted", { createdAt: ago(200) }, false],
    ["not if uses are not counted, even with an old time of use", { createdAt: ago(200), lastUsedAt: ago(200) }, false],
    ["not if its times can't be read", { createdAt: "22 nov. 2025 12:34:21", lastUsedAt: "igår", useCount: 3 }, false],
    ["not if it was created or used in the future", { createdAt: ago(-1), lastUsedAt: ago(-1), useCount: 3 }, false],
  ];
  for (const [claim, token, is] of cases) {
    it(claim, () => assert.equal(isUnused(token, 90, NOW), is));
  }
});

describe("The tokens of a user", () => {
  let jenkins: Jenkins;

  beforeEach(() => newProcess());

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}): Promise<void> {
    const users = [
      { id: "admin", password: "admin-password", administrator: true },
      { id: "alice", password: "alice-password", legacyToken: "0123456789abcdef0123456789abcdef" },
    ];
    jenkins = await startJenkins({ users, now: () => NOW, ...options });
  }

  function make(tokenName: string, createdDaysAgo: number, lastUsedDaysAgo?: number, expiresOn?: string): string {
    const { tokenUuid } = jenkins.generate("alice", tokenName, expiresOn);
    const token = jenkins.tokens("alice").find((one) => one.tokenUuid === tokenUuid);
    if (token) token.createdAt = daysAgo(createdDaysAgo);
    if (lastUsedDaysAgo !== undefined) jenkins.use("alice", tokenUuid, 1_234, daysAgo(lastUsedDaysAgo));
    return tokenUuid;
  }

  function ask(query: TokenQuery, as = "alice", environment: Context["environment"] = {}) {
    const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: as, JENKINS_PASSWORD: `${as}-password` };
    return getApiTokens(query, {
      config: undefined,
      memory: memory(),
      environment: { ...login, ...environment },
      limits: quick,
    });
  }

  const names = ({ tokens }: { tokens: ReviewedToken[] }) => tokens.map(({ tokenName }) => tokenName);
  const byConsole = { user: "alice", via: "scriptConsole" } as const;
  /** The value without undefined properties. */
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

  for (const version of ["2.169", "2.384", "2.499", "2.516.2", "2.547", "2.548", "2.568.1"]) {
    const knowsExpiry = version === "2.548" || version === "2.568.1";
    const end = knowsExpiry ? { expiresOn: "2026-08-01" } : {};
    const over = { isExpired: knowsExpiry };

    it(`are read from the page of Jenkins ${version} without times, which vary by language and zone`, async () => {
      await start({ version });
      const used = make("used", 10, 2, "2026-08-01");
      const ended = make("ended", 10, undefined, "2026-06-01");
      const legacy = jenkins.tokens("alice").find(({ isLegacy }) => isLegacy)?.tokenUuid;
      const review = await ask({});
      assert.deepEqual(plain(review), {
        userId: "alice",
        jenkinsUrl: jenkins.url,
        tokens: [
          { tokenUuid: ended, tokenName: "ended", isLegacy: false, ...over, useCount: 0 },
          { tokenUuid: legacy, tokenName: "Legacy Token", isLegacy: true, isExpired: false, useCount: 0 },
          { tokenUuid: used, tokenName: "used", isLegacy: false, isExpired: false, useCount: 1_234, ...end },
        ],
      });
    });

    it(`are read through the script console of Jenkins ${version} with exact times`, async () => {
      await start({ version });
      const used = make("used", 10, 2, "2026-08-01");
      const ended = make("ended", 10, undefined, "2026-06-01");
      const [legacy, ...tokens] = (await ask(byConsole, "admin")).tokens;
      const createdAt = "2026-06-20T12:00:00Z";
      const use = { createdAt, useCount: 1_234, lastUsedAt: "2026-06-28T12:00:00Z" };
      const gone = knowsExpiry ? { expiresOn: "2026-06-01" } : {};
      assert.deepEqual(plain(tokens), [
        { tokenUuid: used, tokenName: "used", isLegacy: false, isExpired: false, ...use, ...end },
        { tokenUuid: ended, tokenName: "ended", isLegacy: false, ...over, createdAt, useCount: 0, ...gone },
      ]);
      assert.deepEqual([legacy?.isLegacy, legacy?.createdAt], [true, undefined]);
    });

    it(`are filtered by days without use through the script console of Jenkins ${version}`, async () => {
      await start({ version });
      make("long unused", 300, 100);
      make("never used", 300);
      make("used", 300, 10);
      make("new", 10);
      assert.deepEqual(names(await ask({ ...byConsole, unusedForDays: 90 }, "admin")), ["long unused", "never used"]);
      assert.deepEqual(names(await ask({ ...byConsole, unusedForDays: 101 }, "admin")), ["never used"]);
      assert.deepEqual(names(await ask({ ...byConsole, unusedForDays: 301 }, "admin")), []);
    });

    it(`are never unused, and have no count, if Jenkins ${version} does not count uses`, async () => {
      await start({ version, usageStatisticsEnabled: false });
      make("never used", 300);
      make("used before it was switched off", 300, 200);
      assert.deepEqual(names(await ask({ ...byConsole, unusedForDays: 1 }, "admin")), []);
      const counts = [...(await ask({})).tokens, ...(await ask(byConsole, "admin")).tokens];
      assert.deepEqual(
        counts.map(({ useCount, lastUsedAt }) => useCount ?? lastUsedAt),
        counts.map(() => undefined),
      );
    });
  }

  it("are unused by the clock of Jenkins, not by this machine's", async () => {
    await start({ now: () => new Date("2031-01-01T00:00:00Z") });
    make("of long ago", 10, 10);
    assert.deepEqual(names(await ask({ ...byConsole, unusedForDays: 1_500 }, "admin")), ["of long ago"]);
  });

  it("include the token that logs in, as a used one", async () => {
    await start();
    const { tokenUuid, tokenValue } = jenkins.generate("admin", "logs in");
    Object.assign(jenkins.tokens("admin")[0] ?? {}, { createdAt: daysAgo(300) });
    const login = { JENKINS_PASSWORD: undefined, JENKINS_API_TOKEN: tokenValue };
    const query: TokenQuery = { via: "scriptConsole", unusedForDays: 1 };
    assert.deepEqual((await ask(query, "admin", login)).tokens, []);
    assert.ok(jenkins.tokens("admin").some((token) => token.tokenUuid === tokenUuid && token.useCount > 0));
  });

  it("are read again by each call, without any change", async () => {
    await start();
    make("one", 1);
    const first = await ask({});
    make("two", 1);
    assert.deepEqual([first.tokens.length, (await ask({})).tokens.length], [2, 3]);
    assert.deepEqual(new Set(jenkins.work.map(({ method }) => method)), new Set(["GET"]));
    await ask(byConsole, "admin");
    assert.deepEqual(new Set(jenkins.scripts.map(({ verb }) => verb)), new Set(["list"]));
  });

  it("can be another user's only for an administrator", async () => {
    await start();
    make("ci", 1);
    assert.deepEqual(names(await ask({ user: "ALICE" }, "admin")), ["ci", "Legacy Token"]);
    assert.equal((await ask({ user: "ALICE" }, "admin")).userId, "alice");
    await assert.rejects(ask({ user: "admin" }), { code: "ERR_JENKINS_FORBIDDEN" });
    await assert.rejects(ask(byConsole), {
      code: "ERR_JENKINS_FORBIDDEN",
      message: /only administrators may use the script/,
    });
  });

  it("cannot be listed before Jenkins 2.129, which the error says", async () => {
    await start({ version: "2.72" });
    await assert.rejects(ask({}), {
      code: "ERR_JENKINS_REJECTED",
      message: /before 2\.129 Jenkins has one token per user/,
    });
  });

  const wrong: [what: string, query: Record<string, unknown>, message: RegExp][] = [
    [
      "unused days without exact times",
      { unusedForDays: 90 },
      /^unusedForDays: needs exact times, .* `via: "scriptConsole"`\.$/,
    ],
    ["a fraction of a day", { ...byConsole, unusedForDays: 1.5 }, /^unusedForDays: must be a whole number\.$/],
    ["zero days", { ...byConsole, unusedForDays: 0 }, /^unusedForDays: /],
    [
      "the via of a legacy token",
      { via: "legacy" },
      /^via: Invalid option: expected one of "rest"\|"scriptConsole"\.$/,
    ],
    ["a user that is a path", { user: ".." }, /^user: must be a user id/],
    ["an unknown property", { unusedFor: 90 }, /^Unrecognized key: "unusedFor"\.$/],
    ["a setting of another type", { connection: { password: 12345678 } }, /^connection\.password: Invalid input[^8]*$/],
  ];
  for (const [what, query, message] of wrong) {
    it(`are not requested with ${what}`, async () => {
      await start();
      await assert.rejects(ask(query), { code: "ERR_JENKINS_SETTINGS", message });
      assert.deepEqual(jenkins.log, []);
    });
  }
});
