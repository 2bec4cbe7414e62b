/** What will be known of a token before it is made or changed, so that a preview shows what depends on it as it will be. */

import { timeOf } from "../resources/access.ts";
import { isNamed, whatRotates } from "../resources/diff.ts";
import { type Context, changesOf } from "../resources/token.ts";
import { resolveConnection } from "../settings/connection.ts";
import {
  isUnknown,
  LEGACY,
  observedOf,
  parseInputs,
  parseRotatingInputs,
  parseRotatingState,
  parseState,
  type RotatedToken,
  type RotatingInputs,
  toRotatingState,
  toState,
  UNKNOWN,
} from "../settings/schema.ts";
import type { Properties } from "./codec.ts";

/** The outputs of a token that is going to be made. */
export function previewedCreate(properties: Properties, context: Context): Properties {
  const inputs = parseInputs(properties);
  const { connection, tokenName = UNKNOWN, autoName, expiresInDays } = inputs;
  const outs = toState(inputs, {
    tokenUuid: UNKNOWN,
    tokenName: autoName ? UNKNOWN : tokenName, // It ends otherwise when the token is made.
    tokenValue: UNKNOWN,
    userId: UNKNOWN,
    jenkinsUrl: isUnknown(connection) ? UNKNOWN : resolveConnection(connection, context).url,
    createdAt: UNKNOWN,
    ...(expiresInDays !== undefined && { expiresOn: UNKNOWN }),
  });
  return { ...ABSENT, ...outs };
}

/** What is known not to be there. To a preview, what is only left out is unknown. */
const ABSENT = { expiresOn: null };

/** The outputs of a token that is going to be renamed, adopted or only stored: what it has, and where it is a legacy one, another value. */
export function previewedUpdate(id: string, olds: Properties, news: Properties, context: Context): Properties {
  const inputs = parseInputs(news);
  const observed = observedOf(parseState(olds));
  const isLost = inputs.via === LEGACY && !observed.tokenValue; // Jenkins is asked for another one.
  const isChanged = isLost || changesOf(id, olds, news, context).updates.includes("triggers");
  const tokenValue = isChanged ? UNKNOWN : (observed.tokenValue ?? inputs.tokenValue);
  const tokenName = inputs.tokenName ?? observed.tokenName;
  return { ...ABSENT, ...toState(inputs, { ...observed, tokenName, ...(tokenValue && { tokenValue }) }) };
}

/** The same of a rotating token. */
const NONE_BEFORE = { previous: null };

/** The outputs of a rotating token that is going to be made. */
export function previewedFirst(properties: Properties, context: Context): Properties {
  const inputs = parseRotatingInputs(properties);
  const jenkinsUrl = isUnknown(inputs.connection) ? UNKNOWN : resolveConnection(inputs.connection, context).url;
  const known = { userId: UNKNOWN, jenkinsUrl, current: unknownToken(inputs), unrevoked: [], pending: [] };
  return { ...NONE_BEFORE, ...toRotatingState(inputs, known) };
}

/** The outputs of a rotating token after the next `update`. */
export function previewedRotation(_id: string, olds: Properties, news: Properties, context: Context): Properties {
  const inputs = parseRotatingInputs(news);
  const state = parseRotatingState(olds);
  const { userId, jenkinsUrl, current, previous } = state;
  const isDue = whatRotates(inputs, state, timeOf(context)).length > 0;
  const named = (token?: RotatedToken) =>
    token && (isNamed(token, inputs.tokenName) ? token : { ...token, tokenName: UNKNOWN });
  const tokens = isDue
    ? { current: unknownToken(inputs), previous: named(current ?? previous) }
    : { current: named(current), previous: named(previous) };
  return { ...NONE_BEFORE, ...toRotatingState(inputs, { userId, jenkinsUrl, ...tokens, unrevoked: [], pending: [] }) };
}

function unknownToken({ expiresInDays }: RotatingInputs): RotatedToken {
  const known = { tokenUuid: UNKNOWN, tokenName: UNKNOWN, tokenValue: UNKNOWN, createdAt: UNKNOWN };
  return { ...known, ...(expiresInDays !== undefined && { expiresOn: UNKNOWN }) };
}
