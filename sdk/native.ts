/** The exports of `pulumi-jenkins/native`: the same resources, served by the plugin `pulumi-resource-jenkins`. */
import * as pulumi from "@pulumi/pulumi";
import { CONNECTION, type Inputs } from "../provider/properties.ts";
import type { Property } from "../provider/property.ts";
import { isOfType, TokenResource } from "./resource.ts";
import type { GetJenkinsApiTokensArgs, GetJenkinsApiTokensOutputArgs, GetJenkinsApiTokensResult } from "./review.ts";
import {
  type ArgsOf,
  type ConnectionArgs,
  type JenkinsApiTokenArgs as DynamicArgs,
  type JenkinsApiTokenLookup,
  propertiesOf,
  ROTATED_VALUES,
  type RotatingJenkinsApiTokenArgs,
  type RotatingTokenOutputs,
  rotatingPropertiesOf,
  type TokenOutputs,
  VALUES,
} from "./token.ts";

export type {
  ConnectionArgs,
  GetJenkinsApiTokensArgs,
  GetJenkinsApiTokensOutputArgs,
  GetJenkinsApiTokensResult,
  JenkinsApiTokenLookup,
  RotatingJenkinsApiTokenArgs,
};

/** The inputs of a {@link JenkinsApiToken}. All are optional. */
export interface JenkinsApiTokenArgs extends DynamicArgs, ArgsOf<Pick<Inputs, "tokenValue" | "refreshBeforeUpdate">> {}

/** The arguments of a {@link Provider}: a URL and credentials that replace those of the stack config. */
export interface ProviderArgs extends ConnectionArgs {}

const TYPE = "jenkins:index:ApiToken";
const FUNCTION = "jenkins:index:getApiTokens";

/** With this alias, a native token takes over the token of a dynamic resource with the same name: only the type differs. */
const OPTIONS = { aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:ApiToken" }] };

const ROTATING_TYPE = "jenkins:index:RotatingApiToken";
const ROTATING_OPTIONS = { aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:RotatingApiToken" }] };

/**
 * An API token of a Jenkins user: created by `pulumi up`, revoked by `pulumi destroy`.
 *
 * Jenkins shows a token's value only once, when the token is created. The stack's state stores the value, encrypted. Everybody who can read
 * the state's secrets can log in to Jenkins as the token's user.
 *
 * @see https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/
 * @example
 * ```ts
 * import { JenkinsApiToken } from "pulumi-jenkins/native"; // Pulumi.yaml says where the plugin is
 *
 * const token = new JenkinsApiToken("ci", { triggers: { rotated: "2026-11" } });
 * export const value = token.tokenValue;
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor names all properties, so all are there
export class JenkinsApiToken extends TokenResource {
  /** The type of the resource in every state and in the schema. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a token. `pulumi preview` and `pulumi up` refuse wrong arguments before they contact Jenkins.
   *
   * @param name the name of the resource, unique among the resources of its type in the stack. The token's default name contains it.
   * @param args the inputs of the token. By default the token belongs to the user who logs in, and never expires.
   * @param opts Pulumi's options. `provider` replaces the URL and the credentials of the stack config. `import` imports an existing token.
   * When one of the `customTimeouts` expires, the operation is cancelled, and no unknown token is left behind.
   */
  constructor(name: string, args: JenkinsApiTokenArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const { tokenValue, refreshBeforeUpdate, ...declared } = args;
    const adopted = opts.id === undefined && tokenValue !== undefined && { tokenValue: pulumi.secret(tokenValue) };
    const refreshed = opts.id === undefined && { refreshBeforeUpdate };
    super(TYPE, name, { ...propertiesOf(declared, opts), ...adopted, ...refreshed }, opts, VALUES, OPTIONS);
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

  /** Whether `value` is a JenkinsApiToken of the plugin, of this copy of the package or of another one. */
  static override isInstance(value: unknown): value is JenkinsApiToken {
    return isOfType(value, TYPE);
  }
}

export interface JenkinsApiToken extends TokenOutputs {}

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
 * import { RotatingJenkinsApiToken } from "pulumi-jenkins/native"; // Pulumi.yaml says where the plugin is
 *
 * const token = new RotatingJenkinsApiToken("ci", { rotateEveryDays: 30, expiresInDays: 75 });
 * export const value = token.current.tokenValue;
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor names all properties, so all are there
export class RotatingJenkinsApiToken extends TokenResource {
  /** The type of the resource in every state and in the schema. */
  static readonly __pulumiType: string = ROTATING_TYPE;

  /**
   * Declares a rotating token. `pulumi preview` and `pulumi up` refuse wrong arguments before they contact Jenkins.
   *
   * @param name the name of the resource, unique among the resources of its type in the stack. The tokens' default names contain it.
   * @param args the inputs: how often to rotate, and the properties of the tokens.
   * @param opts Pulumi's options, as for a {@link JenkinsApiToken}. A rotating token cannot be imported.
   */
  constructor(name: string, args: RotatingJenkinsApiTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(ROTATING_TYPE, name, rotatingPropertiesOf(args), opts, ROTATED_VALUES, ROTATING_OPTIONS);
  }

  /** Whether `value` is a RotatingJenkinsApiToken of the plugin, of this copy of the package or of another one. */
  static override isInstance(value: unknown): value is RotatingJenkinsApiToken {
    return isOfType(value, ROTATING_TYPE);
  }
}

export interface RotatingJenkinsApiToken extends RotatingTokenOutputs {}

/**
 * Lists the tokens of a user, with the properties that Jenkins shows, but never with their values. The call also contacts Jenkins in
 * previews, and changes nothing.
 *
 * @param args the owner of the tokens, and a filter. Default: all tokens of the user who logs in.
 * @param opts Pulumi's options: `provider` replaces the URL and the credentials of the stack config.
 * @returns the tokens, their owner and their Jenkins. If no token matches, the list is empty.
 * @throws if the arguments are wrong, Jenkins cannot be reached, or the user who logs in may not see these tokens.
 * @example
 * ```ts
 * import { getJenkinsApiTokens } from "pulumi-jenkins/native";
 *
 * const { tokens } = await getJenkinsApiTokens({ unusedForDays: 90, via: "scriptConsole" });
 * ```
 */
export async function getJenkinsApiTokens(
  args: GetJenkinsApiTokensArgs = {},
  opts?: pulumi.InvokeOptions,
): Promise<GetJenkinsApiTokensResult> {
  return await pulumi.runtime.invoke(FUNCTION, { ...args }, opts);
}

/**
 * Like {@link getJenkinsApiTokens}, but the arguments may be outputs. The result is not secret.
 *
 * @param args the owner of the tokens, and a filter. Default: all tokens of the user who logs in.
 * @param opts Pulumi's options: `provider` as for {@link getJenkinsApiTokens}, and `dependsOn` for resources to wait for.
 */
export function getJenkinsApiTokensOutput(
  args: GetJenkinsApiTokensOutputArgs = {},
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetJenkinsApiTokensResult> {
  return pulumi.unsecret(pulumi.runtime.invokeOutput(FUNCTION, { ...args }, opts));
}

/**
 * The URL of Jenkins and the credentials for every token that uses this provider and has no `connection`. The state contains `apiToken`
 * and `password`, encrypted. Changing the URL replaces the tokens. Changing the credentials does not.
 *
 * @example
 * ```ts
 * import * as pulumi from "@pulumi/pulumi";
 * import { JenkinsApiToken, Provider } from "pulumi-jenkins/native";
 *
 * const apiToken = new pulumi.Config().requireSecret("stagingToken");
 * const staging = new Provider("staging", { url: "https://staging.example.com", username: "deploy", apiToken });
 * const token = new JenkinsApiToken("ci", {}, { provider: staging });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
  /**
   * Declares a provider.
   *
   * @param name the name of the resource.
   * @param args the settings. A missing setting comes from the environment, not from the stack config.
   * @param opts Pulumi's options.
   */
  constructor(name: string, args: ProviderArgs = {}, opts: pulumi.ResourceOptions = {}) {
    const settings = Object.entries(CONNECTION).map(([setting, property]) => {
      return [setting, asSetting(property, args[setting as keyof ProviderArgs])];
    });
    super("jenkins", name, { ...args, ...Object.fromEntries(settings) }, opts); // Unknown names are passed on, so that check refuses them.
  }
}

/**
 * A secret setting is secret even if the program gives it as a plain string. Other types become JSON, because Pulumi passes only strings to
 * providers.
 */
function asSetting({ secret, type }: Property, value: pulumi.Input<unknown> | undefined): pulumi.Input<unknown> {
  if (value === undefined) return undefined;
  if (secret) return pulumi.secret(value);
  return type === "string" ? value : pulumi.output(value).apply((plain) => JSON.stringify(plain));
}
