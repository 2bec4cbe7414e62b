import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { quickStart } from "../end-to-end/quick-start.ts";
import { sideBySide } from "../end-to-end/side-by-side.ts";

describe("The quick start in the README, under the real Pulumi CLI", function () {
  this.timeout("15m");
  const shared = sideBySide(quickStart);

  it("prints and writes no password, token, crumb or cookie in the clear", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});
