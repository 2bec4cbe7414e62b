import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { native } from "./native.ts";
import { rebuilt } from "./rebuilt.ts";
import { sideBySide } from "./side-by-side.ts";
import { yaml } from "./yaml.ts";

describe("The native provider under the real Pulumi CLI", function () {
  this.timeout("15m");
  const shared = sideBySide({ ...native, ...rebuilt, ...yaml });

  it("prints and writes no password, token, crumb or cookie in the clear in all these tests", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});
