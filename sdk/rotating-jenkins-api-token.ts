import * as pulumi from "@pulumi/pulumi";
import { isOfType, TokenResource } from "./resource.ts";
import {
  ROTATED_VALUES,
  type RotatingJenkinsApiTokenArgs,
  type RotatingTokenOutputs,
  rotatingPropertiesOf,
} from "./token.ts";

const TYPE = "pulumi-nodejs:dynamic/jenkins:RotatingApiToken";

/** Every state contains this text, and Pulumi's host evaluates it from the program's folder. It can never change. */
const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider/rotating")';

/**
 * Two API tokens of a Jenkins user that rotate with overlap. Every `rotateEveryDays` days, the next `pulumi up` creates a new token as
 * `current`, and keeps the former `current` as `previous` until the next rotation. So a consumer of the previous token has one
 * period, less at most 12 hours, to change to the current token. `pulumi destroy` revokes both.
 *
 * The state stores both values, encrypted. Everybody who can read the state's secrets can log in to Jenkins as the tokens' user.
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
  /** The type of the resource in every state. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a rotating token. `pulumi preview` and `pulumi up` refuse wrong arguments before they contact Jenkins.
   *
   * @param name the name of the resource, unique among the resources of its type in the stack. The tokens' default names contain it.
   * @param args the inputs: how often to rotate, and the properties of the tokens.
   * @param opts Pulumi's options. A rotating token cannot be imported.
   */
  constructor(name: string, args: RotatingJenkinsApiTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    const autoName = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    super(TYPE, name, { ...rotatingPropertiesOf(args), autoName, __provider: PROVIDER }, opts, ROTATED_VALUES);
  }

  /** Whether `value` is a RotatingJenkinsApiToken, of this copy of the package or of another one. */
  static override isInstance(value: unknown): value is RotatingJenkinsApiToken {
    return isOfType(value, TYPE);
  }
}

export interface RotatingJenkinsApiToken extends RotatingTokenOutputs {}
