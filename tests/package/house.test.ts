import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { floors, places } from "../../scripts/house/imports.ts";
import { isMet, report } from "../../scripts/house/measure.ts";
import { memory } from "../../scripts/house/memory.ts";
import { sizes } from "../../scripts/house/size.ts";

/** The measures that need no Jenkins. `node scripts/house.ts` prints the others, too. */
const measures = [...sizes(), ...floors(), ...memory(), ...places()];

describe("The code stays simple:", () => {
  for (const measure of measures) it(measure.name, () => assert.ok(isMet(measure), report(measure)));
});
