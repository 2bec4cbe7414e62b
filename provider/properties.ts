/**
 * The table of properties: each property once, with its type, its rule and its documentation. Everything else derives from the
 * table: the types, check, the reading of states, schema.json, the documents, and the outputs of the classes in `sdk/`. This file imports
 * nothing at run time, so that programs can load it quickly. The documentation is in doc comments, because editors show them.
 */
import type { Declared, Given, Table } from "./property.ts";

export const CONNECTION = {
  /**
   * Root URL of Jenkins, `http` or `https`, with its path if it has one: `https://example.com/jenkins/`. It must not contain a user name,
   * a password, a query or a fragment. Another URL replaces the token, but another spelling of the same URL does not. Blanks, line
   * breaks and quotes around it are removed, as around `username` and `apiToken`.
   */
  url: { type: "string", replaces: true, environment: ["JENKINS_URL"] },
  /** Id of the user who logs in, with exactly one of `apiToken` and `password`. A change does not affect existing tokens. */
  username: { type: "string", environment: ["JENKINS_USER_ID", "JENKINS_USERNAME", "JENKINS_USER"] },
  /** API token of `username`. Secret: the state has it among the inputs, encrypted, and not among the outputs. */
  apiToken: { type: "string", secret: true, environment: ["JENKINS_API_TOKEN"] },
  /**
   * Password of `username`. Secret, like `apiToken`. Use it to create the first token, and log in with that token afterwards. Line breaks
   * at its end are removed. Blanks and quotes around it are kept, because they may belong to the password.
   */
  password: { type: "string", secret: true, environment: ["JENKINS_PASSWORD"] },
  /**
   * The certificate authorities to trust for `https`: their certificates as PEM text, as base64 of PEM or DER, or the path of a file
   * that contains them. Default: the well-known public authorities.
   */
  caCert: { type: "string", environment: ["JENKINS_CA_CERT"] },
  /**
   * Headers that a gateway before Jenkins requires in each request, such as `CF-Access-Client-Id` of Cloudflare Access or
   * `Proxy-Authorization` of Google IAP. As a string they are a JSON object. They are sent only to the Jenkins that the source of the
   * headers names. Secret, like `apiToken`.
   */
  headers: { type: "texts", rule: "headers", secret: true, environment: ["JENKINS_HEADERS"] },
  /** The client certificate, if the server demands one, in the same forms as `caCert`. Set it together with `clientKey`. */
  clientCertificate: { type: "string", environment: ["JENKINS_CLIENT_CERTIFICATE"] },
  /** The private key of `clientCertificate`, in the same forms, without a passphrase. Secret, like `apiToken`. */
  clientKey: { type: "string", secret: true, environment: ["JENKINS_CLIENT_KEY"] },
  /**
   * Trust any certificate. Then anybody between this machine and Jenkins can read the credentials, so a warning is shown. Default `false`.
   * In the stack config it applies only to the `jenkins:url` beside it. In `connection` it applies to the URL of that resource, from any
   * source.
   */
  insecureSkipTlsVerify: { type: "boolean" },
  /** Time limit for each request, in seconds, more than 0 and up to 3600. Fractions count to the millisecond. Default 60. */
  requestTimeoutSeconds: { type: "number", above: 0, upTo: 3600 },
  /**
   * How long to wait for a Jenkins that is not ready, in seconds, 0 to 3600. Default: 120 if Jenkins says that it is starting. 0 if it
   * cannot be reached, or if a proxy answers 502, 503 or 504.
   */
  waitForReadySeconds: { type: "number", from: 0, upTo: 3600 },
} as const satisfies Table;

/** How to reach one Jenkins and log in to it. */
export interface ConnectionArguments extends Declared<typeof CONNECTION, Objects> {}

export const INPUTS = {
  /**
   * The URL of Jenkins and the credentials. Each of the two is read from one source: from here, else from the stack config
   * (`jenkins:url`, ...), else from the environment (`JENKINS_URL`, ...). Sources are never mixed. The output `connection` has no
   * secrets.
   */
  connection: { type: "connection" },
  /**
   * Id of the user who owns the token. Default: the user who logs in. Only an administrator can create tokens of other users. This needs
   * `via: "scriptConsole"`, or a Jenkins that runs with `-Djenkins.security.ApiTokenProperty.adminCanGenerateNewTokens=true`. Another user
   * replaces the token.
   */
  user: { type: "string", rule: "userId", replaces: true, printable: true },
  /**
   * The name that Jenkins shows, without blanks at its ends and without control characters. Default:
   * `<project>/<stack>/<name>-<8 hexadecimal digits>`, which stays the same over updates. A change renames the token in
   * place, and its value stays the same.
   */
  tokenName: { type: "string", rule: "tokenName", printable: true },
  /**
   * How long the token is valid, in whole days from the day of its creation, 1 and up. Default: it never expires. Needs Jenkins 2.548, LTS
   * 2.555.1: on an older version `pulumi up` fails. The last day is `expiresOn`. When that day is over in every time zone, the next
   * `pulumi up` replaces the token. A change of `expiresInDays` replaces it, too.
   */
  expiresInDays: { type: "integer", from: 1, replaces: true, printable: true },
  /**
   * Replace the token when this many days or fewer remain: whole days, 0 to `expiresInDays - 2`. Default: after it has expired. The period
   * of a token is `expiresInDays - renewBeforeDays`. `pulumi up` replaces the token up to 12 hours before the period is over (at
   * most a tenth of the period), so that a scheduled run may be early: with 90 and 14, from day 75.5 on. Only `pulumi up` replaces it, so
   * set more days than there are between two runs. The next `pulumi up` uses a changed number. The change itself is not shown as an update.
   */
  renewBeforeDays: { type: "integer", from: 0, printable: true },
  /**
   * Any strings. If one changes, is added or removed, the token is replaced: Pulumi creates the new token, updates the dependents, and revokes
   * the old token.
   */
  triggers: { type: "texts", replaces: true },
  /**
   * How tokens are managed. `"rest"`, the default: through the endpoints of the user's own page. `"scriptConsole"`: through Jenkins' script
   * console, where an administrator can manage the tokens of all users. A change between these two does nothing. `"legacy"`: the
   * one token that each user has in Jenkins before 2.129, and in later versions if an administrator allows it. A change to or from
   * `"legacy"` replaces the token. A legacy token has no name and no expiry, and belongs to the user who logs in. `triggers` change it in
   * place. If the user already has one, the resource reads its value, and `pulumi destroy` leaves it.
   */
  via: { type: ["rest", "scriptConsole", "legacy"], printable: true },
  /**
   * The value of an imported token, `11` and 32 hexadecimal digits. If the state has no value, the plugin logs in with this one as the
   * token's user, and then stores it. Jenkins does not show whether it belongs to this token or to another token of the user. Secret. You
   * may remove it afterwards. It is ignored for a token that Pulumi creates, because Jenkins chooses that value. Only for the native plugin.
   */
  tokenValue: { type: "string", rule: "tokenValue", secret: true, only: "native" },
  /**
   * Pulumi refreshes this token before each preview, update and destroy. Default `false`. With `true`, a plain `pulumi up` creates the token
   * again after it was revoked in Jenkins, and restores a name that was changed there. The refresh reads one page for all such tokens of a
   * user, so all three need a Jenkins that answers. A change of this input takes effect in the next run. Only for the native plugin.
   */
  refreshBeforeUpdate: { type: "boolean", only: "native", printable: true },
  /**
   * The value of the token: `11` and 32 hexadecimal digits in lower case, for instance of a `RandomBytes` of 16 bytes. Default: Jenkins
   * chooses the value. Declare it only if a rebuilt Jenkins has to accept the same value again, because everybody who can read it can log
   * in. Needs Jenkins 2.260, LTS 2.263.1: on an older version `pulumi up` fails. Secret. Changing or removing it replaces the token.
   * Declaring the value that the token already has changes nothing. Not allowed with `tokenValue` or with `via: "legacy"`.
   */
  fixedValue: { type: "string", rule: "tokenValue", replaces: true, secret: true },
  /** The beginning of the default name: `<project>/<stack>/<name>`. The class of the dynamic resource sets it, not the user. */
  autoName: { type: "string", rule: "tokenName", only: "dynamic" },
} as const satisfies Table;

/** The inputs of a token. All are optional. Each declared input is an output, too. */
export interface Inputs extends Declared<typeof INPUTS, Objects> {}

export const OBSERVED = {
  /** Jenkins' id of the token, and the Pulumi id; `legacy:<userId>` for a legacy token. */
  tokenUuid: { type: "string", required: true },
  /** The token's present name in Jenkins. */
  tokenName: { type: "string", required: true },
  /**
   * The token itself, 34 characters (a legacy token: 32). Always secret, whatever the options say. Absent for a token that was
   * looked up, or imported without its value, because Jenkins shows a value only once.
   */
  tokenValue: { type: "string", secret: true },
  /** The owner's id, as the server spells it. */
  userId: { type: "string", required: true },
  /** Root URL of the token's Jenkins, without a slash at its end. */
  jenkinsUrl: { type: "string", required: true },
  /**
   * When the token was created: ISO time by Jenkins' own clock. Absent for a token that was looked up or imported, and for a legacy token
   * that existed before.
   */
  createdAt: { type: "string" },
  /** The last day on which the token works: ISO date in the time zone of Jenkins. Absent if the token never expires. */
  expiresOn: { type: "string" },
} as const satisfies Table;

/** The outputs of a token that Jenkins determines. */
export interface Observed extends Given<typeof OBSERVED, Objects> {}

export const ROTATING_INPUTS = {
  /**
   * The period after which `pulumi up` creates the next token, in whole days, 1 and up. `pulumi up` rotates up to 12
   * hours before this period is over (at most a tenth of it), so that a scheduled run may be early. The previous value works
   * for at least `rotateEveryDays`, less this tolerance, after the new token is created. Only `pulumi up` rotates, so run it on a
   * schedule. A changed period counts from the creation of the current token.
   */
  rotateEveryDays: { type: "integer", from: 1, required: true, printable: true },
  /** The URL of Jenkins and the credentials, as for an `ApiToken`. */
  connection: { type: "connection" },
  /** Id of the user who owns the tokens, as for an `ApiToken`. Default: the user who logs in. Another user replaces both tokens. */
  user: { type: "string", rule: "userId", replaces: true, printable: true },
  /**
   * The beginning of the names that Jenkins shows. Each token adds its own 8 hexadecimal digits. Default:
   * `<project>/<stack>/<name>`. A change renames both tokens in place, and their values stay the same.
   */
  tokenName: { type: "string", rule: "tokenName", printable: true },
  /**
   * How long each token is valid, in whole days, at least twice `rotateEveryDays`. Then a token also expires if nobody rotates it any
   * more. Default: it never expires. Needs Jenkins 2.548, LTS 2.555.1. A change rotates.
   */
  expiresInDays: { type: "integer", from: 1, printable: true },
  /** Any strings. If one changes, is added or removed, the next `pulumi up` rotates at once. */
  triggers: { type: "texts" },
  /** How tokens are managed, as for an `ApiToken`: `"rest"`, the default, or `"scriptConsole"`. A change does nothing. */
  via: { type: ["rest", "scriptConsole"], printable: true },
} as const satisfies Table;

/** The inputs of a rotating token. */
export interface RotatingInputs extends Declared<typeof ROTATING_INPUTS, Objects> {}

export const ROTATED_TOKEN = {
  /** Jenkins' id of the token. */
  tokenUuid: { type: "string", required: true },
  /** The token's present name in Jenkins. */
  tokenName: { type: "string", required: true },
  /** The token itself, 34 characters. */
  tokenValue: { type: "string", required: true, secret: true },
  /** When the token was created: ISO time by Jenkins' own clock. */
  createdAt: { type: "string", required: true },
  /** The last day on which the token works: ISO date in the time zone of Jenkins. Absent if the token never expires. */
  expiresOn: { type: "string" },
} as const satisfies Table;

/** One of the two tokens of a rotating token. */
export interface RotatedToken extends Given<typeof ROTATED_TOKEN, Objects> {}

export const ROTATING_OBSERVED = {
  /** The token to use. Secret. */
  current: { type: "rotated", required: true, secret: true },
  /** The former `current` token, which is valid until the next rotation. Secret. Absent before the first rotation. */
  previous: { type: "rotated", secret: true },
  /** The owner's id, as the server spells it. */
  userId: { type: "string", required: true },
  /** Root URL of the tokens' Jenkins, without a slash at its end. */
  jenkinsUrl: { type: "string", required: true },
} as const satisfies Table;

/** The outputs of a rotating token that Jenkins determines. */
export interface RotatingObserved extends Given<typeof ROTATING_OBSERVED, Objects> {}

export const TOKEN_QUERY = {
  /** The URL of Jenkins and the credentials, with the same sources as for a token. */
  connection: { type: "connection" },
  /** Id of the user who owns the tokens. Default: the user who logs in. Only administrators see the tokens of other users. */
  user: { type: "string", rule: "userId" },
  /**
   * Returns only tokens that were certainly not used for this many whole days, 1 and up. Tokens without usage data are never listed as
   * unused: tokens of a Jenkins that does not count uses, tokens whose creation or last use is unknown, and tokens that were created within
   * these days. Needs `via: "scriptConsole"`, because only the script console has exact dates. If counting was switched off for a while,
   * Jenkins does not show this later.
   */
  unusedForDays: { type: "integer", from: 1 },
  /**
   * How tokens are read. `"rest"`, the default: from the user's own page. It shows times in its own language and time zone, so
   * `createdAt` and `lastUsedAt` are absent. `"scriptConsole"`: from Jenkins' script console, with exact times, for administrators.
   */
  via: { type: ["rest", "scriptConsole"] },
} as const satisfies Table;

/** The owner of the tokens, and a filter. All are optional. */
export interface TokenQuery extends Declared<typeof TOKEN_QUERY, Objects> {}

export const REVIEWED_TOKEN = {
  /** Jenkins' id of the token. */
  tokenUuid: { type: "string", required: true },
  /** The token's name. */
  tokenName: { type: "string", required: true },
  /** Whether it is the legacy token. A user has at most one. */
  isLegacy: { type: "boolean", required: true },
  /** Whether its last day is over. Jenkins lists such a token until it is revoked. */
  isExpired: { type: "boolean", required: true },
  /** When the token was created: ISO time by Jenkins' own clock. */
  createdAt: { type: "string" },
  /** When the token was last used: ISO time by Jenkins' own clock. */
  lastUsedAt: { type: "string" },
  /** How often the token has logged in. Absent if Jenkins does not count uses. */
  useCount: { type: "integer" },
  /**
   * The last day on which the token works: ISO date in the time zone of Jenkins. `"unknown"` if Jenkins writes it in another language than
   * the request asks for. Absent if the token never expires, or if `isExpired` is true and the page does not show the day any more.
   */
  expiresOn: { type: "string" },
} as const satisfies Table;

/** A token of a user. A property that Jenkins does not show, or not exactly, is absent. The value is never shown. */
export interface ReviewedToken extends Declared<typeof REVIEWED_TOKEN, Objects> {}

export const TOKEN_REVIEW = {
  /** The owner's id, as the server spells it. */
  userId: { type: "string", required: true },
  /** Root URL of the Jenkins, without a slash at its end. */
  jenkinsUrl: { type: "string", required: true },
  /** All tokens of the user, or the unused ones. */
  tokens: { type: "reviewedTokens", required: true },
} as const satisfies Table;

/** The tokens that were found, their owner and their Jenkins. */
export interface TokenReview extends Declared<typeof TOKEN_REVIEW, Objects> {}

/** The types that have their own names. */
interface Objects {
  connection: ConnectionArguments;
  rotated: RotatedToken;
  reviewedTokens: ReviewedToken[];
}

/** The inputs that only one of the two classes has. */
export type InputsOfOne = {
  [Name in keyof Inputs]-?: (typeof INPUTS)[Name] extends { only: string } ? Name : never;
}[keyof Inputs];

/** Pulumi passes this text for an unknown value, in check and diff of a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/**
 * Pulumi's resources: the tables of their inputs and outputs, and the class whose doc comment describes them. A resource that can be imported
 * also has the table of the query that lists its ids.
 */
export const RESOURCES = {
  ApiToken: { inputs: INPUTS, observed: OBSERVED, className: "JenkinsApiToken", lists: TOKEN_QUERY },
  RotatingApiToken: { inputs: ROTATING_INPUTS, observed: ROTATING_OBSERVED, className: "RotatingJenkinsApiToken" },
} satisfies Record<string, { inputs: Table; observed: Table; className: string; lists?: Table }>;
