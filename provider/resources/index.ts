/** The resources by the names of their types. The plugin, the dynamic host, the schema and the command read this. */
import { LEGACY } from "../settings/schema.ts";
import * as legacyToken from "./legacy-token.ts";
import type { Properties, Resource } from "./resource.ts";
import * as rotatingToken from "./rotating-token.ts";
import * as token from "./token.ts";

const kindOf = ({ via }: Properties): Resource => (via === LEGACY ? legacyToken : token);

/** A token with a uuid, or the legacy token of a user. Declaring the other kind replaces it. */
const apiToken: Resource = {
  check: (olds, news, context) => kindOf(news).check(olds, news, context),
  diff: (id, olds, news, context) => kindOf(olds).diff(id, olds, news, context),
  previewCreate: (inputs, context) => kindOf(inputs).previewCreate(inputs, context),
  create: (inputs, context) => kindOf(inputs).create(inputs, context),
  read: (id, properties, context) => {
    const isImported = !("tokenUuid" in properties); // A legacy token can't be imported.
    return isImported ? token.read(id, properties, context) : kindOf(properties).read(id, properties, context);
  },
  previewUpdate: (id, olds, news, context) => kindOf(olds).previewUpdate(id, olds, news, context),
  update: (id, olds, news, context) => kindOf(olds).update(id, olds, news, context),
  remove: (id, properties, context) => kindOf(properties).remove(id, properties, context),
};

export const resources = { ApiToken: apiToken, RotatingApiToken: rotatingToken } satisfies Record<string, Resource>;
