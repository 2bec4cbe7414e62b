// Measures how simple the code is, and fails if a target is missed: node scripts/house.ts
import { create } from "./house/create.ts";
import { floors, places } from "./house/imports.ts";
import { isMet, report } from "./house/measure.ts";
import { memory } from "./house/memory.ts";
import { sizes } from "./house/size.ts";
import { mentions, words } from "./house/words.ts";

const measures = [...sizes(), ...floors(), ...(await create()), ...memory(), ...words(), ...mentions(), ...places()];
for (const measure of measures) process.stdout.write(`${report(measure)}\n`);
process.exitCode = measures.every(isMet) ? 0 : 1;
