import * as pulumi from "@pulumi/pulumi";
import { isOfType, TokenResource } from "./resource.ts";
import {
  ROTATED_VALUES,
  type RotatingJenkinsApiTokenArgs,
  type RotatingTokenOutputs,
  rotatingPropertiesOf,
} from "./token.ts";

const TYPE = "pulumi-nodejs:dynamic/jenkins:RotatingApiToken";

/** Found by Pulumi's host in every state, from the folder of the program upwards. It never changes. */
const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider/rotating")';

/**
 * An API token of a Jenkins user that is rotated with overlap: every `rotateEveryDays` the next `pulumi up` makes another one as
 * `current`, and keeps the one before as `previous` until the rotation after that. Whoever still uses the previous one has a
 * period, less at most 12 hours, to take over the present one. `pulumi destroy` revokes both.
 *
 * The state keeps both values, encrypted: whoever may read the state's secrets can sign in to Jenkins as the tokens' user.
 *
 * @see https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/
 * @example
 * ```ts
 * import { RotatingJenkinsApiToken } from "pulumi-jenkins";
 *
 * const token = new RotatingJenkinsApiToken("ci", { rotateEveryDays: 30 });
 * export const value = token.current.tokenValue;
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor names all properties, so all are there
export class RotatingJenkinsApiToken extends TokenResource {
  /** The same type under which every state knows the resource. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a rotating token. Wrong arguments are refused by `pulumi preview` and `pulumi up`, before Jenkins is asked for
   * anything.
   *
   * @param name of the resource, unique among those of its type in the stack; part of the default name of its tokens.
   * @param args how often to rotate, and what the tokens are to be like.
   * @param opts Pulumi's options. It can't be imported.
   */
  constructor(name: string, args: RotatingJenkinsApiTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    const autoName = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    super(TYPE, name, { ...rotatingPropertiesOf(args), autoName, __provider: PROVIDER }, opts, ROTATED_VALUES);
  }

  /** Whether `value` is a RotatingJenkinsApiToken, also one of another copy of this package. */
  static override isInstance(value: unknown): value is RotatingJenkinsApiToken {
    return isOfType(value, TYPE);
  }
}

export interface RotatingJenkinsApiToken extends RotatingTokenOutputs {}
