import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { UNKNOWN } from "../../../provider/properties.ts";
import { rotatingFailures } from "../../../provider/resources/rotating-state.ts";
import { inputFailures } from "../../../provider/settings/schema.ts";

const VALUE = `11${"0a".repeat(16)}`;
const named = { tokenName: "ci" };

describe("check of a declared value", () => {
  it("accepts 11 and 32 hexadecimal digits, no value, and an unknown value", () => {
    for (const fixedValue of [VALUE, undefined, null, UNKNOWN]) {
      assert.deepEqual(inputFailures({ ...named, fixedValue }), []);
    }
  });

  it("refuses every other form, and does not show the value", () => {
    const reason = "fixedValue: must be 11 followed by 32 lowercase hexadecimal digits";
    for (const fixedValue of [
      "",
      VALUE.slice(1),
      `${VALUE}0`,
      `10${VALUE.slice(2)}`,
      VALUE.toUpperCase(),
      ` ${VALUE}`,
    ]) {
      assert.deepEqual(inputFailures({ ...named, fixedValue }), [{ property: "", reason }]);
    }
  });

  it("refuses it together with the value of an imported token", () => {
    const reason = "fixedValue: can't be given together with tokenValue, which is only for an imported token";
    assert.deepEqual(inputFailures({ ...named, fixedValue: VALUE, tokenValue: VALUE }), [{ property: "", reason }]);
  });

  it("refuses it for a legacy token", () => {
    const reason = "fixedValue: Jenkins chooses the value of a legacy token: leave it out";
    assert.deepEqual(inputFailures({ via: "legacy", fixedValue: VALUE }), [{ property: "", reason }]);
  });

  it("refuses it for a rotating token", () => {
    const reason = "fixedValue: is not a property of a RotatingJenkinsApiToken";
    assert.deepEqual(rotatingFailures({ rotateEveryDays: 30, fixedValue: VALUE }), [{ property: "", reason }]);
  });
});
