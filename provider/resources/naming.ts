/** The name of a token without a declared name: create draws it, or the stack config proposes it. */
import { type CheckFailure, failure } from "../settings/failure.ts";
import type { Inputs, State } from "../settings/schema.ts";
import type { Context } from "./context.ts";
import type { Properties } from "./resource.ts";
import { randomHex } from "./safe-create.ts";

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

export function drawName({ autoName }: Inputs): string {
  return `${autoName}-${randomHex(8)}`;
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
