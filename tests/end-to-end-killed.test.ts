import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { killedRuns } from "./pulumi/killed-runs.ts";
import { sideBySide } from "./pulumi/side-by-side.ts";

describe("After SIGKILL", function () {
  this.timeout("5m");
  const shared = sideBySide(killedRuns);

  it("no password, token, crumb or cookie was printed or written in the clear", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});
