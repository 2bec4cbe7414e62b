import type { Case } from "./case.ts";
import { console } from "./cases/console.ts";
import { drift } from "./cases/drift.ts";
import { errors } from "./cases/errors.ts";
import { expiry } from "./cases/expiry.ts";
import { fixedValue } from "./cases/fixed-value.ts";
import { legacy } from "./cases/legacy.ts";
import { life } from "./cases/life.ts";
import { names } from "./cases/names.ts";
import { others } from "./cases/others.ts";
import { preview } from "./cases/preview.ts";

export const cases: Case[] = [
  ...life,
  ...names,
  ...drift,
  ...preview,
  ...errors,
  ...others,
  ...expiry,
  ...fixedValue,
  ...console,
  ...legacy,
];
