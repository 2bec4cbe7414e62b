import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { interruptedRuns } from "./interrupted-runs.ts";
import { killedRuns } from "./killed-runs.ts";
import { sideBySide } from "./side-by-side.ts";

describe("With interruptions of the native provider:", function () {
  this.timeout("15m");
  const shared = sideBySide(interruptedRuns);

  it("no password, token, crumb or cookie was printed or written in the clear", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});

describe("With SIGKILL:", function () {
  this.timeout("15m");
  const shared = sideBySide(killedRuns);

  it("no password, token, crumb or cookie was printed or written in the clear", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});
