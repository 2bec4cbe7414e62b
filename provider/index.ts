/**
 * What Pulumi's dynamic host loads, by the text that stands in every state: these seven functions under the name
 * `pulumi-jenkins/provider` are kept for ever. What they throw on purpose has a `code`, such as `ERR_JENKINS_FORBIDDEN`.
 */
import { hosted } from "./dynamic/host.ts";
import { resources } from "./resources/index.ts";

const { delete: remove, ...others } = hosted(resources.ApiToken);

export const {
  /** Keeps the stack config. The host calls it before all others. */
  configure,
  /** Validates the inputs, and gives a token without a name of its own the default one, once. Asks Jenkins for nothing. */
  check,
  /** Whether the token changes, and because of which properties it is replaced. Asks Jenkins for nothing. */
  diff,
  /** Makes the token. Its error has an `id` where one was or may have been made: Pulumi keeps that as a record in the state. */
  create,
  /** The state with the token's present name; an empty id where the token is certainly gone. */
  read,
  /** Renames the token if its name has changed, else only stores. The answer is the whole state. */
  update,
} = others;
/** Revokes the token. One that is already gone, or whose user is, counts as revoked. */
export { remove as delete };
