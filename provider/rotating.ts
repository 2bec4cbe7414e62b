/**
 * The module that Pulumi's dynamic host loads for a rotating token: the same seven functions. Their names and
 * `pulumi-jenkins/provider/rotating` can never change.
 */
import { hosted } from "./dynamic/host.ts";
import { resources } from "./resources/index.ts";

const { delete: remove, ...others } = hosted(resources.RotatingApiToken);

export const {
  /** Stores the stack config. The host calls it before all others. */
  configure,
  /** Validates the inputs, and adds the default name. Sends no request. */
  check,
  /** Returns whether to rotate, to rename or to finish a rotation, and the properties that replace both tokens. Sends no request. */
  diff,
  /** Creates the first token. If a token may have been created, the error has an `id`, and Pulumi records it in the state. */
  create,
  /** Returns the two tokens with their present names, or an empty id if both are certainly gone. */
  read,
  /** Rotates if it is due, renames, and finishes an earlier rotation. Returns the whole state. */
  update,
} = others;
/** Revokes both tokens and the leftovers of earlier rotations. Tokens that are already gone, or whose user is gone, count as revoked. */
export { remove as delete };
