/**
 * The module that Pulumi's dynamic host loads. Every state contains the text that loads it, so these seven functions and the name
 * `pulumi-jenkins/provider` can never change. The errors that they throw on purpose have a `code`, such as `ERR_JENKINS_FORBIDDEN`.
 */
import { hosted } from "./dynamic/host.ts";
import { resources } from "./resources/index.ts";

const { delete: remove, ...others } = hosted(resources.ApiToken);

export const {
  /** Stores the stack config. The host calls it before all others. */
  configure,
  /** Validates the inputs. Sends no request. */
  check,
  /** Returns whether the token changes, and the properties that replace it. Sends no request. */
  diff,
  /** Creates the token. If a token was or may have been created, the error has an `id`, and Pulumi records the token in the state. */
  create,
  /** Returns the state with the token's present name, or an empty id if the token is certainly gone. */
  read,
  /** Renames the token if its name has changed, else only stores the inputs. Returns the whole state. */
  update,
} = others;
/** Revokes the token. If the token or its user is already gone, it counts as revoked. */
export { remove as delete };
