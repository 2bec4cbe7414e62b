/** What will be known of a token before it is made or changed, so that a preview shows what depends on it as it will be. */
import { resolveConnection } from "../connection.ts";
import { type Context, changesOf } from "../lifecycle.ts";
import { isUnknown, LEGACY, observedOf, parseInputs, parseState, toState, UNKNOWN } from "../schema.ts";
import type { Properties } from "./codec.ts";

/** The outputs of a token that is going to be made. */
export function previewedCreate(properties: Properties, context: Context): Properties {
  const inputs = parseInputs(properties);
  const { connection, tokenName = UNKNOWN, autoName, expiresInDays } = inputs;
  return toState(inputs, {
    tokenUuid: UNKNOWN,
    tokenName: autoName ? UNKNOWN : tokenName, // It ends otherwise when the token is made.
    tokenValue: UNKNOWN,
    userId: UNKNOWN,
    jenkinsUrl: isUnknown(connection) ? UNKNOWN : resolveConnection(connection, context).url,
    createdAt: UNKNOWN,
    ...(expiresInDays !== undefined && { expiresOn: UNKNOWN }),
  });
}

/** The outputs of a token that is going to be renamed, adopted or only stored: what it has, and where it is a legacy one, another value. */
export function previewedUpdate(id: string, olds: Properties, news: Properties, context: Context): Properties {
  const inputs = parseInputs(news);
  const observed = observedOf(parseState(olds));
  const isLost = inputs.via === LEGACY && !observed.tokenValue; // Jenkins is asked for another one.
  const isChanged = isLost || changesOf(id, olds, news, context).updates.includes("triggers");
  const tokenValue = isChanged ? UNKNOWN : (observed.tokenValue ?? inputs.tokenValue);
  const tokenName = inputs.tokenName ?? observed.tokenName;
  return toState(inputs, { ...observed, tokenName, ...(tokenValue && { tokenValue }) });
}
