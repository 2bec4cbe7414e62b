/**
 * What Pulumi's dynamic host loads for a rotating token: the same seven functions, kept for ever as
 * `pulumi-jenkins/provider/rotating`.
 */
import { hosted } from "./dynamic/host.ts";
import { resources } from "./resources/index.ts";

const { delete: remove, ...others } = hosted(resources.RotatingApiToken);

export const {
  /** Keeps the stack config. The host calls it before all others. */
  configure,
  /** Validates the inputs, and names tokens without a name of their own after the resource. Asks Jenkins for nothing. */
  check,
  /** Whether it is time to rotate, to rename or to finish something, and why both tokens are replaced. Asks Jenkins for nothing. */
  diff,
  /** Makes the first token. Its error has an `id` where one may have been made: Pulumi keeps that as a record in the state. */
  create,
  /** The two tokens under the names they have now; an empty id where both are certainly gone. */
  read,
  /** Rotates if it is time, renames, and finishes what an earlier rotation has left. The answer is the whole state. */
  update,
} = others;
/** Revokes both tokens and what is left of earlier ones. What is already gone, or whose user is, counts as revoked. */
export { remove as delete };
