import * as pulumi from "@pulumi/pulumi";

/**
 * How to reach and sign in to one Jenkins. The url and the login are units: each is taken whole from here, else from the
 * stack config (`jenkins:url`, ...), else from the environment (`JENKINS_URL`, ...).
 */
export interface ConnectionArgs {
  /**
   * Root URL of Jenkins, `http` or `https`, with its path if it has one: `https://example.com/jenkins/`. Without user name,
   * password, query or fragment. Another url replaces the token; another spelling of the same one does not.
   */
  url?: pulumi.Input<string>;
  /** Who signs in, with exactly one of `apiToken` and `password`. A change makes no difference to tokens that exist. */
  username?: pulumi.Input<string>;
  /** API token of `username`. Secret: encrypted in the state's inputs, and not among the outputs. */
  apiToken?: pulumi.Input<string>;
  /** Password of `username`. Secret as `apiToken`. Meant for the first token: sign in with that one afterwards. */
  password?: pulumi.Input<string>;
  /** The authority to trust for `https`, as PEM text or the path of a PEM file. Default: the ones that Node.js trusts. */
  caCert?: pulumi.Input<string>;
  /** Trust any certificate, which lets anybody on the way read the credentials; a warning is shown. Default `false`. */
  insecureSkipTlsVerify?: pulumi.Input<boolean>;
  /** Limit for each request, in seconds, more than 0 and up to 3600. Default 60. */
  requestTimeoutSeconds?: pulumi.Input<number>;
  /**
   * How long to wait for a Jenkins that is not ready, in seconds, 0 to 3600. Default: 120 for one that says it is starting,
   * none for one that can't be reached.
   */
  waitForReadySeconds?: pulumi.Input<number>;
}

/** What {@link JenkinsApiToken} is declared with. All of it is optional. */
export interface JenkinsApiTokenArgs {
  /** Which Jenkins, and as whom. Default: stack config, then environment. */
  connection?: pulumi.Input<ConnectionArgs>;
  /**
   * Id of the user whose token it is. Default: the signed-in user. Others' tokens are made by an administrator, with
   * `via: "scriptConsole"` or where Jenkins runs with
   * `-Djenkins.security.ApiTokenProperty.adminCanGenerateNewTokens=true`. Another user replaces the token.
   */
  user?: pulumi.Input<string>;
  /**
   * The name shown in Jenkins, without blanks at its ends and without control characters. Default
   * `<project>/<stack>/<name>-<8 hexadecimal digits>`, which stays the same over updates. A change renames the token in
   * place: its value stays.
   */
  tokenName?: pulumi.Input<string>;
  /**
   * How long it is valid, in whole days from the day on which it is made, 1 and up. Default: for ever. Needs Jenkins 2.548, LTS
   * 2.555.1: on an older one `pulumi up` fails. The last day is `expiresOn`; when it is over everywhere in the world the next
   * `pulumi up` replaces the token. A change replaces it, too.
   */
  expiresInDays?: pulumi.Input<number>;
  /**
   * How long before its end a token is replaced, in whole days, 0 to `expiresInDays - 2`. Default: after its end. Only
   * `pulumi up` does it, so leave more days than there are between two runs. A change does nothing by itself.
   */
  renewBeforeDays?: pulumi.Input<number>;
  /** Any strings. When one changes, is added or removed, the token is replaced: a new value, dependents moved, the old revoked. */
  triggers?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * The way to the tokens. `"rest"`, the default: the endpoints of the user's own page. `"scriptConsole"`: Jenkins' script
   * console, by which an administrator looks after anybody's tokens; a change between these two does nothing. `"legacy"`: the
   * one token that each user has in Jenkins before 2.129, and later where that is allowed; a change to or from it replaces. It
   * has no name and no expiry, the signed-in user's is the only one, and `triggers` change it in its place; one that was there
   * before is shown, and not ended by `pulumi destroy`.
   */
  via?: pulumi.Input<"rest" | "scriptConsole" | "legacy">;
}

/** What {@link JenkinsApiToken.get} looks a token up with. */
export type JenkinsApiTokenLookup = Pick<JenkinsApiTokenArgs, "connection" | "user">;

const TYPE = "pulumi-nodejs:dynamic/jenkins:ApiToken";

/** Every input has to be named, so that its output is there also where it is not declared. */
const DECLARABLE = {
  user: undefined,
  tokenName: undefined,
  expiresInDays: undefined,
  renewBeforeDays: undefined,
  triggers: undefined,
  via: undefined,
};

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
export class JenkinsApiToken extends pulumi.CustomResource {
  /** The same type under which every state knows the resource. */
  static readonly __pulumiType: string = TYPE;

  /** Jenkins' id of the token, and the Pulumi id; `legacy:<userId>` for a legacy token. */
  declare readonly tokenUuid: pulumi.Output<string>;
  /** The token's name as it is on the server. */
  declare readonly tokenName: pulumi.Output<string>;
  /** The secret itself, 34 characters (a legacy token: 32). Secret whatever the options say. Undefined in what {@link JenkinsApiToken.get} finds. */
  declare readonly tokenValue: pulumi.Output<string>;
  /** The owner's id, as the server spells it. */
  declare readonly userId: pulumi.Output<string>;
  /** Root URL of the Jenkins where the token lives, without a slash at its end. */
  declare readonly jenkinsUrl: pulumi.Output<string>;
  /**
   * When it was made, ISO time by Jenkins' own clock. Undefined in what {@link JenkinsApiToken.get} finds, and for a legacy
   * token that was there before.
   */
  declare readonly createdAt: pulumi.Output<string>;
  /** The last day on which it signs in, ISO date in the time zone of Jenkins. Undefined: it never expires. */
  declare readonly expiresOn: pulumi.Output<string | undefined>;
  /** As declared, without `apiToken` and `password`. */
  declare readonly connection: pulumi.Output<ConnectionArgs | undefined>;
  /** As declared. */
  declare readonly user: pulumi.Output<string | undefined>;
  /** As declared. */
  declare readonly expiresInDays: pulumi.Output<number | undefined>;
  /** As declared. */
  declare readonly renewBeforeDays: pulumi.Output<number | undefined>;
  /** As declared. */
  declare readonly triggers: pulumi.Output<Record<string, string> | undefined>;
  /** As declared. */
  declare readonly via: pulumi.Output<"rest" | "scriptConsole" | "legacy" | undefined>;

  /**
   * Declares a token.
   *
   * @param name of the resource; part of the token's default name.
   */
  constructor(name: string, args: JenkinsApiTokenArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const autoName = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const outputs = {
      tokenUuid: undefined,
      tokenValue: undefined,
      userId: undefined,
      jenkinsUrl: undefined,
      createdAt: undefined,
      expiresOn: undefined,
    };
    const inputs =
      opts.id !== undefined
        ? { ...DECLARABLE, connection: args.connection, user: args.user }
        : { ...DECLARABLE, ...args, autoName };
    const properties = { ...inputs, connection: withSecrets(args.connection), ...outputs, __provider: PROVIDER };
    super(TYPE, name, properties, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["tokenValue"] }));
    // Previews and Pulumi's mocks know nothing of additionalSecretOutputs.
    this.tokenValue = pulumi.secret(this.tokenValue);
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
    return (value as { constructor?: { __pulumiType?: unknown } } | undefined)?.constructor?.__pulumiType === TYPE;
  }

  /** The value of an `Authorization` header that signs in with this token: `Basic ...`. Secret; computed here, not stored. */
  get authorization(): pulumi.Output<string> {
    return pulumi
      .all([this.userId, this.tokenValue])
      .apply(([userId, value]) => value && `Basic ${Buffer.from(`${userId}:${value}`).toString("base64")}`);
  }
}

/** Login secrets are secrets also where the program gives them as plain strings. */
function withSecrets(connection: JenkinsApiTokenArgs["connection"]): typeof connection {
  if (connection === undefined || pulumi.Output.isInstance(connection) || connection instanceof Promise) {
    return connection && pulumi.secret(connection);
  }
  const { apiToken, password } = connection;
  return {
    ...connection,
    ...(apiToken !== undefined && { apiToken: pulumi.secret(apiToken) }),
    ...(password !== undefined && { password: pulumi.secret(password) }),
  };
}
