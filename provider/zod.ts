/**
 * The parts of zod that this package uses. The build packs them into this one file, because all files of zod, most of them
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

if (!config().localeError) config(english()); // All copies of zod in a process share this setting, so a language that the program chose stays.
