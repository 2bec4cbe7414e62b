import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { misplaced } from "./breaking.ts";
import { safeguards } from "./safeguards.ts";

describe("The text of each safeguard", () => {
  for (const name of Object.keys(safeguards)) {
    it(`stands exactly once in the code: ${name}`, () => {
      assert.notEqual(safeguards[name]?.length, 0);
      assert.deepEqual(misplaced(name), []);
    });
  }
});
