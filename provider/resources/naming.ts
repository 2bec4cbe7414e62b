/** The names that this package gives: create draws the name of a token without a declared name, or the stack config proposes it. */
import { randomBytes } from "node:crypto";
import type { Inputs } from "../properties.ts";
import { type CheckFailure, failure } from "../settings/failure.ts";
import type { State } from "../settings/schema.ts";
import type { Context } from "./context.ts";
import type { Properties } from "./resource.ts";

/**
 * The inputs as declared, and a name that `pulumi:autonaming` has proposed. The proposed name stays in the inputs until the token is replaced. So
 * does a name that the check of 0.1.0 has drawn.
 */
export function withName(news: Properties, olds: Properties, { autonaming, urn }: Context): Properties {
  const { autoName, ...inputs } = news;
  // The dynamic host knows no URN. There the default name identifies the resource that creates a token of a declared value.
  const isIdentity = ({ fixedValue }: Properties) => urn === undefined && fixedValue != null;
  if (autoName == null) return inputs;
  if (inputs["tokenName"] != null) return isIdentity(inputs) ? { ...inputs, autoName } : inputs;
  const isProposed = olds["autoName"] != null && !isIdentity(olds);
  const tokenName = isProposed ? olds["tokenName"] : autonaming?.proposedName;
  return { ...inputs, autoName, ...(tokenName ? { tokenName } : {}) };
}

/** The failure of a resource without a name, if the stack config requires a declared name. */
export function namelessFailures({ autonaming }: Context): CheckFailure[] {
  if (!autonaming || autonaming.proposedName) return [];
  return [failure("tokenName", "must be given, because pulumi:autonaming is disabled", {})];
}

/** The end of a drawn name, for regular expressions. */
export const DRAWN_END = "-[0-9a-f]{8}";

export function drawName(start: string | undefined): string {
  return `${start}-${randomHex(8)}`;
}

/** The name that the token should have, which may differ from the name in Jenkins. Undefined if it is still to be drawn. */
export function nameFor(inputs: Inputs, state: State): string | undefined {
  return inputs.tokenName ?? state.defaultName;
}

/** The same in a preview. Undefined if `up` will use another name, because the name that was proposed for the preview is proposed anew. */
export function previewedName(inputs: Inputs, state: State): string | undefined {
  const isFinal = inputs.autoName === undefined || state.autoName !== undefined;
  return isFinal ? nameFor(inputs, state) : undefined;
}

/** A name as the state keeps it. A drawn name is also kept as `defaultName`, because a refresh sets `tokenName` to the name in Jenkins. */
export function named(inputs: Inputs, tokenName: string): { tokenName: string; defaultName?: string } {
  return { tokenName, ...(inputs.tokenName === undefined && { defaultName: tokenName }) };
}

/** The end of a unique name, for regular expressions. Tokens in Jenkins and records in states have such names, so the form must not change. */
export const UNIQUE_END = String.raw` \(pulumi [0-9a-f]{16}\)`;

/** @param digits 16 hexadecimal digits. */
export function uniqueEnd(digits: string): string {
  return ` (pulumi ${digits})`;
}

export function randomHex(digits: number): string {
  return randomBytes(digits / 2).toString("hex");
}
