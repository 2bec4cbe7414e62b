import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { policy } from "./policy.ts";
import { sideBySide } from "./side-by-side.ts";

describe("The policy pack under the real Pulumi CLI", function () {
  this.timeout("10m");
  const shared = sideBySide(policy);

  it("leaves no secret in the clear, in outputs or in files", () => {
    assert.deepEqual(shared.workshop.leaks(), []);
  });
});
