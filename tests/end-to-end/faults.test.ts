import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { dependents } from "./dependents.ts";
import { errorHooks } from "./error-hooks.ts";
import { faultyRuns } from "./faulty-runs.ts";
import { sideBySide } from "./side-by-side.ts";

describe("A program under the real Pulumi CLI, with faults on the way to Jenkins", function () {
  this.timeout("10m");
  const shared = sideBySide({ ...faultyRuns, ...dependents, ...errorHooks });

  it("prints and writes no password, token, crumb or cookie in the clear in all these tests", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});
