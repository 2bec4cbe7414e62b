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
export class JenkinsApiToken extends TokenResource {
  /** The same type under which every state knows the resource. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a token. Wrong arguments are refused by `pulumi preview` and `pulumi up`, before Jenkins is asked for anything.
   *
   * @param name of the resource, unique among those of its type in the stack; part of the token's default name.
   * @param args what the token is to be like. Without any it is one of the signed-in user that never expires.
   * @param opts Pulumi's options. `import` and `customTimeouts` are for the class of `pulumi-jenkins/native`.
   */
  constructor(name: string, args: JenkinsApiTokenArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const autoName = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const inputs = { ...propertiesOf(args, opts), ...(opts.id === undefined && { autoName }) };
    super(TYPE, name, { ...inputs, __provider: PROVIDER }, opts, VALUES);
  }

  /**
   * Looks up a token that exists, made by hand or by another stack. Gives everything but what Jenkins shows only once:
   * `tokenValue`, `createdAt` and `authorization`. It is never changed or revoked. Where there is no such token the run fails.
   *
   * @param name of the resource in this program, whatever the token is called in Jenkins.
   * @param id the token's uuid, which `npx pulumi-jenkins list` shows.
   * @param lookup where, and whose token; default as in {@link JenkinsApiTokenArgs}.
   * @param opts Pulumi's options for it.
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
}

export interface JenkinsApiToken extends TokenOutputs {}
