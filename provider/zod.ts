/**
 * The parts of zod that are used here. The build packs them into this one file: the hundred files of the whole, most of them
 * languages, take longer to load than everything else that check and diff need. See decisions/zod-in-one-file.md.
 */
import { config } from "zod/mini";
import english from "zod/v4/locales/en.js";

export type { infer, ZodMiniOptional as Optional, ZodMiniType as Type } from "zod/mini";
export {
  _default as defaultTo,
  array,
  boolean,
  catch as caught,
  custom,
  enum,
  exactOptional,
  gt as moreThan,
  int,
  iso,
  literal,
  looseObject,
  maximum,
  minimum,
  minLength,
  nullable,
  number,
  object,
  optional,
  pipe,
  prefault,
  record,
  refine,
  regex,
  strictObject,
  string,
  superRefine,
  transform,
  undefined,
  union,
  unknown,
  uuid,
} from "zod/mini";

if (!config().localeError) config(english()); // All copies of zod in a process share it: the program's choice stays.
