import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import type { Properties } from "../../scripts/acceptance/engine.ts";
import { memory } from "../support/process.ts";

const { check } = resources.RotatingApiToken;
const autoName = "shop/dev/ci";
const monthly = { autoName, rotateEveryDays: 30 };
const environment = { JENKINS_URL: "https://jenkins.example.com", JENKINS_USER_ID: "a", JENKINS_API_TOKEN: "b" };
const context: Context = { config: undefined, memory: memory(), environment };

describe("A rotating token", () => {
  for (const [what, program, failures] of [
    ["no period", { autoName }, [["", /^rotateEveryDays: .*(expected number|required|Invalid)/i]]],
    ["a fraction of a day", { ...monthly, rotateEveryDays: 0.5 }, [["rotateEveryDays", /./]]],
    ["an expiry below two periods", { ...monthly, expiresInDays: 59 }, [["expiresInDays", /at least twice/]]],
    [
      "an input of another resource",
      { ...monthly, renewBeforeDays: 1 },
      [["", /^renewBeforeDays: is not a property of a RotatingJenkinsApiToken/]],
    ],
    ["a legacy token", { ...monthly, via: "legacy" }, [["via", /./]]],
  ] as [string, Properties, [string, RegExp][]][]) {
    it(`cannot be declared with ${what}`, () => {
      const found = check({}, program, context).failures;
      assert.deepEqual(
        found.map(({ property }) => property).filter((one, index, all) => all.indexOf(one) === index),
        failures.map(([property]) => property),
      );
      for (const [index, [, reason]] of failures.entries()) assert.match(found[index]?.reason ?? "", reason);
    });
  }
});
