import * as pulumi from "@pulumi/pulumi";
import { isOfType, TokenResource } from "./resource.ts";
import {
  type JenkinsApiTokenArgs,
  type JenkinsApiTokenLookup,
  propertiesOf,
  type TokenOutputs,
  VALUES,
} from "./token.ts";

const TYPE = "pulumi-nodejs:dynamic/jenkins:ApiToken";

/** Every state contains this text, and Pulumi's host evaluates it from the program's folder. It can never change. */
const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider")';

/**
 * An API token of a Jenkins user: created by `pulumi up`, revoked by `pulumi destroy`.
 *
 * Jenkins shows a token's value only once, when the token is created. The stack's state stores the value, encrypted. Everybody who can read
 * the state's secrets can log in to Jenkins as the token's user.
 *
 * @see https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/
 * @example
 * ```ts
 * import { JenkinsApiToken } from "pulumi-jenkins";
 *
 * const token = new JenkinsApiToken("ci"); // JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN are set
 * export const value = token.tokenValue;
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor names all properties, so all are there
export class JenkinsApiToken extends TokenResource {
  /** The type of the resource in every state. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a token. `pulumi preview` and `pulumi up` refuse wrong arguments before they contact Jenkins.
   *
   * @param name the name of the resource, unique among the resources of its type in the stack. The token's default name contains it.
   * @param args the inputs of the token. By default the token belongs to the user who logs in, and never expires.
   * @param opts Pulumi's options. Only the class of `pulumi-jenkins/native` supports `import` and `customTimeouts`.
   */
  constructor(name: string, args: JenkinsApiTokenArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const autoName = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const inputs = { ...propertiesOf(args, opts), ...(opts.id === undefined && { autoName }) };
    super(TYPE, name, { ...inputs, __provider: PROVIDER }, opts, VALUES);
  }

  /**
   * Looks up an existing token that was created by hand or by another stack. The result has every property except `tokenValue`,
   * `createdAt` and `authorization`, which Jenkins does not show again. The lookup never changes or revokes the token. If the token does not
   * exist, the run fails.
   *
   * @param name the name of the resource in this program. It may differ from the token's name in Jenkins.
   * @param id the token's uuid, which `npx pulumi-jenkins list` shows.
   * @param lookup the connection and the owner of the token. Default: as in {@link JenkinsApiTokenArgs}.
   * @param opts Pulumi's options for the resource.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    lookup: JenkinsApiTokenLookup = {},
    opts?: pulumi.CustomResourceOptions,
  ): JenkinsApiToken {
    return new JenkinsApiToken(name, lookup, { ...opts, id });
  }

  /** Whether `value` is a JenkinsApiToken, of this copy of the package or of another one. */
  static override isInstance(value: unknown): value is JenkinsApiToken {
    return isOfType(value, TYPE);
  }
}

export interface JenkinsApiToken extends TokenOutputs {}
