import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isDueForRenewal, isExpired } from "../../provider/expiry.ts";
import { UNKNOWN } from "../../provider/properties.ts";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import type { State } from "../../provider/settings/schema.ts";
import { memory } from "../support/process.ts";

const { check } = resources.ApiToken;

/** The part of a diff that Pulumi's dynamic host gets. */
function diff(...asked: Parameters<typeof resources.ApiToken.diff>) {
  const { changes, replaces } = resources.ApiToken.diff(...asked);
  return { changes, replaces };
}
type Properties = Record<string, unknown>;

const environment = { JENKINS_URL: "https://a.example.com", JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: "secret" };

const at = (now: string): Context => ({ config: undefined, memory: memory(), environment, now: () => new Date(now) });

describe("A token with an expiry", () => {
  const days: [expiresOn: string | undefined, now: string, expired: boolean][] = [
    [undefined, "2999-01-01T00:00:00Z", false],
    ["2026-03-10", "2026-03-10T12:00:00Z", false],
    // A day ends last on Baker Island, at noon UTC of the next day.
    ["2026-03-10", "2026-03-11T12:00:00.000Z", false],
    ["2026-03-10", "2026-03-11T12:00:00.001Z", true],
    ["2026-03-10", "2027-01-01T00:00:00Z", true],
    ["2028-02-29", "2028-03-01T12:00:00Z", false],
    ["2028-02-29", "2028-03-01T12:00:01Z", true],
  ];
  for (const [expiresOn, now, expired] of days) {
    it(`${expired ? "has" : "has not"} expired at ${now} if its last day is ${expiresOn ?? "unset"}`, () => {
      assert.equal(isExpired(expiresOn === undefined ? {} : { expiresOn }, new Date(now)), expired);
    });
  }

  const made = { createdAt: "2026-03-01T12:00:00Z", expiresInDays: 30, expiresOn: "2026-03-31" };
  const renewals: [
    what: string,
    change: Partial<State>,
    renewBeforeDays: number | undefined,
    now: string,
    due: boolean,
  ][] = [
    ["is due for renewal once it has expired", {}, undefined, "2026-04-01T12:00:01Z", true],
    ["is not due before it has expired, without renewBeforeDays", {}, undefined, "2026-04-01T12:00:00Z", false],
    ["is not due more than twelve hours before the time of its renewal", {}, 7, "2026-03-23T23:59:59Z", false],
    ["is due twelve hours before the time of its renewal", {}, 7, "2026-03-24T00:00:00Z", true],
    ["is due twelve hours before the end of its days if renewBeforeDays is 0", {}, 0, "2026-03-31T00:00:00Z", true],
    ["is not due if it never expires", { expiresOn: undefined as never }, 7, "2999-01-01T00:00:00Z", false],
    ["is not due in its first nine tenths of a day, however near its end is", {}, 1000, "2026-03-02T09:35:59Z", false],
    ["is due nine tenths of a day after its creation if its end is near", {}, 1000, "2026-03-02T09:36:00Z", true],
    [
      "is due according to its last day if its creation time is unknown",
      { createdAt: undefined as never },
      7,
      "2026-03-23T12:00:00Z",
      true,
    ],
    ["is due once it has expired, even if it is new", { expiresOn: "2026-02-27" }, 7, "2026-03-01T12:00:01Z", true],
  ];
  for (const [what, change, renewBeforeDays, now, due] of renewals) {
    it(what, () => {
      assert.equal(isDueForRenewal({ ...made, ...change } as State, renewBeforeDays, new Date(now)), due);
    });
  }

  const inputs = { tokenName: "ci", expiresInDays: 30 };
  const state = {
    ...inputs,
    ...made,
    tokenUuid: "u",
    tokenValue: "v",
    userId: "alice",
    jenkinsUrl: "https://a.example.com",
  };
  const changes: [what: string, news: Properties, now: string, changes: boolean, replaces: string[]][] = [
    ["causes no change while it is valid", {}, "2026-03-20T00:00:00Z", false, []],
    ["is replaced for another number of days", { expiresInDays: 31 }, "2026-03-20T00:00:00Z", true, ["expiresInDays"]],
    [
      "is replaced by one that never expires",
      { expiresInDays: undefined },
      "2026-03-20T00:00:00Z",
      true,
      ["expiresInDays"],
    ],
    ["is replaced when it has expired", {}, "2026-04-02T00:00:00Z", true, ["expiresOn"]],
    ["is not replaced before its renewal is due", { renewBeforeDays: 7 }, "2026-03-23T23:59:59Z", false, []],
    ["is replaced when its renewal is due", { renewBeforeDays: 7 }, "2026-03-24T00:00:00Z", true, ["expiresOn"]],
    [
      "is replaced for both reasons at once",
      { expiresInDays: 31 },
      "2026-04-02T00:00:00Z",
      true,
      ["expiresInDays", "expiresOn"],
    ],
    [
      "is not replaced for a renewBeforeDays that is unknown",
      { renewBeforeDays: UNKNOWN },
      "2026-03-30T00:00:00Z",
      false,
      [],
    ],
    [
      "may be replaced for an expiresInDays that is unknown",
      { expiresInDays: UNKNOWN },
      "2026-03-20T00:00:00Z",
      true,
      ["expiresInDays"],
    ],
  ];
  for (const [what, news, now, changed, replaces] of changes) {
    it(`${what}, in a diff on ${now.slice(0, 10)}`, () => {
      assert.deepEqual(diff("u", state, { ...inputs, ...news }, at(now)), { changes: changed, replaces });
    });
  }

  it("is replaced if it had no expiry and gets one", () => {
    const { expiresInDays: _, expiresOn: __, ...eternal } = state;
    const found = diff("u", eternal, { ...inputs, renewBeforeDays: 7 }, at("2026-03-20T00:00:00Z"));
    assert.deepEqual(found, { changes: true, replaces: ["expiresInDays"] });
  });

  describe("in check:", () => {
    const wrong: [inputs: Properties, properties: string[]][] = [
      ...[0, -1, 1.5, "3", "", true, [], {}, Number.NaN, Number.POSITIVE_INFINITY, 36_501, 1e300].map(
        (expiresInDays): [Properties, string[]] => [{ expiresInDays }, ["expiresInDays"]],
      ),
      ...[-1, 1.5, "3", Number.NaN, 1e300].map((renewBeforeDays): [Properties, string[]] => [
        { expiresInDays: 30, renewBeforeDays },
        ["renewBeforeDays"],
      ]),
      [{ renewBeforeDays: 3 }, ["renewBeforeDays"]],
      [{ renewBeforeDays: 0 }, ["renewBeforeDays"]],
      [{ renewBeforeDays: UNKNOWN }, ["renewBeforeDays"]],
      [{ expiresInDays: 30, renewBeforeDays: 29 }, ["renewBeforeDays"]],
      [{ expiresInDays: 1, renewBeforeDays: 0 }, ["renewBeforeDays"]],
      [{ expiresInDays: 7, via: "legacy", tokenName: undefined }, ["expiresInDays"]],
    ];
    for (const [given, properties] of wrong) {
      it(`${written(given)} is refused for ${properties}`, () => {
        const { failures } = check({}, { tokenName: "ci", ...given }, at("2026-03-20T00:00:00Z"));
        assert.deepEqual([...new Set(failures.map(({ property }) => property))], properties);
        for (const { reason } of failures) assert.match(reason, /\w/);
      });
    }

    const right: Properties[] = [
      { expiresInDays: 1 },
      { expiresInDays: 36_500, renewBeforeDays: 36_498 },
      { expiresInDays: 2, renewBeforeDays: 0 },
      { expiresInDays: UNKNOWN },
      { expiresInDays: UNKNOWN, renewBeforeDays: 400 },
      { expiresInDays: 1, renewBeforeDays: UNKNOWN },
      { expiresInDays: UNKNOWN, renewBeforeDays: UNKNOWN },
      { expiresInDays: null, renewBeforeDays: null },
    ];
    for (const given of right) {
      it(`${written(given)} passes`, () => {
        assert.deepEqual(check({}, { tokenName: "ci", ...given }, at("2026-03-20T00:00:00Z")).failures, []);
      });
    }
  });
});

function written(inputs: Properties): string {
  return Object.entries(inputs)
    .map(
      ([key, value]) =>
        `${key}: ${value === UNKNOWN ? "unknown" : typeof value === "number" ? value : JSON.stringify(value)}`,
    )
    .join(", ");
}
