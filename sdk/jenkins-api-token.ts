import * as pulumi from "@pulumi/pulumi";
import {
  authorizationOf,
  isOfType,
  type JenkinsApiTokenArgs,
  type JenkinsApiTokenLookup,
  keepSecrets,
  propertiesOf,
  type TokenOutputs,
  VALUES,
} from "./token.ts";

const TYPE = "pulumi-nodejs:dynamic/jenkins:ApiToken";

/** Found by Pulumi's host in every state, from the folder of the program upwards. It never changes. */
const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider")';

/**
 * An API token of a Jenkins user: created by `pulumi up`, revoked by `pulumi destroy`.
 *
 * Jenkins shows a token's value once, when it is made; the stack's state keeps it, encrypted. Whoever may read the state's
 * secrets can sign in to Jenkins as the token's user.
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
export class JenkinsApiToken extends pulumi.CustomResource {
  /** The same type under which every state knows the resource. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a token.
   *
   * @param name of the resource; part of the token's default name.
   */
  constructor(name: string, args: JenkinsApiTokenArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const autoName = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const inputs = { ...propertiesOf(args, opts), ...(opts.id === undefined && { autoName }) };
    const options = pulumi.mergeOptions(opts, { additionalSecretOutputs: VALUES });
    super(TYPE, name, { ...inputs, __provider: PROVIDER }, options);
    keepSecrets(this, VALUES);
  }

  /**
   * Looks up a token that exists, made by hand or by another stack. Gives everything but what Jenkins shows only once:
   * `tokenValue`, `createdAt` and `authorization`. It is never changed or revoked.
   *
   * @param id the token's uuid.
   * @param lookup where, and whose token; default as in {@link JenkinsApiTokenArgs}.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    lookup: JenkinsApiTokenLookup = {},
    opts?: pulumi.CustomResourceOptions,
  ): JenkinsApiToken {
    return new JenkinsApiToken(name, lookup, { ...opts, id });
  }

  /** Whether `value` is a JenkinsApiToken, also one of another copy of this package. */
  static override isInstance(value: unknown): value is JenkinsApiToken {
    return isOfType(value, TYPE);
  }

  /** The value of an `Authorization` header that signs in with this token: `Basic ...`. Secret; computed here, not stored. */
  get authorization(): pulumi.Output<string> {
    return authorizationOf(this.userId, this.tokenValue);
  }
}

export interface JenkinsApiToken extends TokenOutputs {}
