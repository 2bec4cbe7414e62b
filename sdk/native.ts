/** What a Pulumi program imports from `pulumi-jenkins/native`: the same token, made by the plugin `pulumi-resource-jenkins`. */
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

/** What a {@link JenkinsApiToken} is declared with. All of it is optional. */
export interface JenkinsApiTokenArgs extends DynamicArgs, ArgsOf<Pick<Inputs, "tokenValue">> {}

/** What a {@link Provider} is made with: a place and a login instead of those of the stack config. */
export interface ProviderArgs extends ConnectionArgs {}

const TYPE = "jenkins:index:ApiToken";
const FUNCTION = "jenkins:index:getApiTokens";

/** What differs from a token of the dynamic resource is the type alone: the alias takes one over as it is. */
const OPTIONS = { aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:ApiToken" }] };

const ROTATING_TYPE = "jenkins:index:RotatingApiToken";
const ROTATING_OPTIONS = { aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:RotatingApiToken" }] };

/**
 * An API token of a Jenkins user: created by `pulumi up`, revoked by `pulumi destroy`.
 *
 * Jenkins shows a token's value once, when it is made; the stack's state keeps it, encrypted. Whoever may read the state's
 * secrets can sign in to Jenkins as the token's user.
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
  /** The type under which states and schema know the resource. */
  static readonly __pulumiType: string = TYPE;

  /**
   * Declares a token. Wrong arguments are refused by `pulumi preview` and `pulumi up`, before Jenkins is asked for anything.
   *
   * @param name of the resource, unique among those of its type in the stack; part of the token's default name.
   * @param args what the token is to be like. Without any it is one of the signed-in user that never expires.
   * @param opts Pulumi's options. `provider` names another Jenkins or login than the stack config, `import` takes over a token that
   * exists, and when `customTimeouts` are over a change ends and leaves nothing behind unknown.
   */
  constructor(name: string, args: JenkinsApiTokenArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const { tokenValue, ...declared } = args;
    const adopted = opts.id === undefined && tokenValue !== undefined && { tokenValue: pulumi.secret(tokenValue) };
    super(TYPE, name, { ...propertiesOf(declared, opts), ...adopted }, opts, VALUES, OPTIONS);
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

  /** Whether `value` is a JenkinsApiToken of the plugin, also one of another copy of this package. */
  static override isInstance(value: unknown): value is JenkinsApiToken {
    return isOfType(value, TYPE);
  }
}

export interface JenkinsApiToken extends TokenOutputs {}

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
 * import { RotatingJenkinsApiToken } from "pulumi-jenkins/native"; // Pulumi.yaml says where the plugin is
 *
 * const token = new RotatingJenkinsApiToken("ci", { rotateEveryDays: 30, expiresInDays: 75 });
 * export const value = token.current.tokenValue;
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor names all properties, so all are there
export class RotatingJenkinsApiToken extends TokenResource {
  /** The type under which states and schema know the resource. */
  static readonly __pulumiType: string = ROTATING_TYPE;

  /**
   * Declares a rotating token. Wrong arguments are refused by `pulumi preview` and `pulumi up`, before Jenkins is asked for
   * anything.
   *
   * @param name of the resource, unique among those of its type in the stack; part of the default name of its tokens.
   * @param args how often to rotate, and what the tokens are to be like.
   * @param opts Pulumi's options, as of a {@link JenkinsApiToken}. It can't be imported.
   */
  constructor(name: string, args: RotatingJenkinsApiTokenArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(ROTATING_TYPE, name, rotatingPropertiesOf(args), opts, ROTATED_VALUES, ROTATING_OPTIONS);
  }

  /** Whether `value` is a RotatingJenkinsApiToken of the plugin, also one of another copy of this package. */
  static override isInstance(value: unknown): value is RotatingJenkinsApiToken {
    return isOfType(value, ROTATING_TYPE);
  }
}

export interface RotatingJenkinsApiToken extends RotatingTokenOutputs {}

/**
 * The tokens of a user: what Jenkins shows of them, never their values. It asks Jenkins in previews as well, and changes nothing.
 *
 * @param args whose tokens, and which of them. Default: all of the signed-in user.
 * @param opts Pulumi's options: `provider` names another Jenkins or login than the stack config.
 * @returns the tokens, and whose they are and where. Without any that fit, the list is empty.
 * @throws where the arguments are wrong, Jenkins can't be reached, or the login may not see these tokens.
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
 * {@link getJenkinsApiTokens} of arguments that may be outputs. Nothing in what it gives is secret.
 *
 * @param args whose tokens, and which of them. Default: all of the signed-in user.
 * @param opts Pulumi's options: `provider` as there; with `dependsOn` it waits for these resources.
 */
export function getJenkinsApiTokensOutput(
  args: GetJenkinsApiTokensOutputArgs = {},
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetJenkinsApiTokensResult> {
  return pulumi.unsecret(pulumi.runtime.invokeOutput(FUNCTION, { ...args }, opts));
}

/**
 * Where Jenkins is and who signs in, for every token that is given this provider and names no `connection` of its own. `apiToken`
 * and `password` are kept in the state, encrypted. Another login changes no token; another url replaces the tokens.
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
   * @param name of the resource.
   * @param args what is left out comes from the environment, not from the stack config.
   * @param opts Pulumi's options.
   */
  constructor(name: string, args: ProviderArgs = {}, opts: pulumi.ResourceOptions = {}) {
    const settings = Object.entries(CONNECTION).map(([setting, property]) => {
      return [setting, asSetting(property, args[setting as keyof ProviderArgs])];
    });
    super("jenkins", name, { ...args, ...Object.fromEntries(settings) }, opts); // Check refuses a wrong name.
  }
}

/** Secrets are secrets also where the program gives them as plain strings, and Pulumi gives providers texts alone. */
function asSetting({ secret, type }: Property, value: pulumi.Input<unknown> | undefined): pulumi.Input<unknown> {
  if (value === undefined) return undefined;
  if (secret) return pulumi.secret(value);
  return type === "string" ? value : pulumi.output(value).apply((plain) => JSON.stringify(plain));
}
