/**
 * The table of properties: each property once, with its type, rule, documentation and what else is known of it. The types here, check,
 * the reading of states, schema.json, the documents and the outputs of the classes in `sdk/` derive from it. It imports nothing at
 * run time, so that programs can load it. The documentation is in doc comments, because editors show these to whoever writes a program.
 */
import type { Declared, Given, Table } from "./property.ts";

export const CONNECTION = {
  /**
   * Root URL of Jenkins, `http` or `https`, with its path if it has one: `https://example.com/jenkins/`. Without user name,
   * password, query or fragment. Another url replaces the token; another spelling of the same one does not.
   */
  url: { type: "string", replaces: true, environment: ["JENKINS_URL"] },
  /** Who signs in, with exactly one of `apiToken` and `password`. A change makes no difference to tokens that exist. */
  username: { type: "string", environment: ["JENKINS_USER_ID", "JENKINS_USERNAME", "JENKINS_USER"] },
  /** API token of `username`. Secret: encrypted in the state's inputs, and not among the outputs. */
  apiToken: { type: "string", secret: true, environment: ["JENKINS_API_TOKEN"] },
  /** Password of `username`. Secret as `apiToken`. Meant for the first token: sign in with that one afterwards. */
  password: { type: "string", secret: true, environment: ["JENKINS_PASSWORD"] },
  /** The authority to trust for `https`, as PEM text or the path of a PEM file. Default: the ones that Node.js trusts. */
  caCert: { type: "string", environment: ["JENKINS_CA_CERT"] },
  /** Trust any certificate, which lets anybody on the way read the credentials; a warning is shown. Default `false`. */
  insecureSkipTlsVerify: { type: "boolean" },
  /** Limit for each request, in seconds, more than 0 and up to 3600. Default 60. */
  requestTimeoutSeconds: { type: "number", above: 0, upTo: 3600 },
  /**
   * How long to wait for a Jenkins that is not ready, in seconds, 0 to 3600. Default: 120 for one that says it is starting,
   * none for one that can't be reached, or for which a proxy answers 502, 503 or 504.
   */
  waitForReadySeconds: { type: "number", from: 0, upTo: 3600 },
} as const satisfies Table;

/** How to reach and sign in to one Jenkins. */
export interface ConnectionArguments extends Declared<typeof CONNECTION, Objects> {}

export const INPUTS = {
  /**
   * Which Jenkins, and as whom. The url and the login are units: each is taken whole from here, else from the stack config
   * (`jenkins:url`, ...), else from the environment (`JENKINS_URL`, ...). Among the outputs it is without `apiToken` and
   * `password`.
   */
  connection: { type: "connection" },
  /**
   * Id of the user whose token it is. Default: the signed-in user. Others' tokens are made by an administrator, with
   * `via: "scriptConsole"` or where Jenkins runs with
   * `-Djenkins.security.ApiTokenProperty.adminCanGenerateNewTokens=true`. Another user replaces the token.
   */
  user: { type: "string", rule: "userId", replaces: true, printable: true },
  /**
   * The name shown in Jenkins, without blanks at its ends and without control characters. Default
   * `<project>/<stack>/<name>-<8 hexadecimal digits>`, which stays the same over updates. A change renames the token in
   * place: its value stays.
   */
  tokenName: { type: "string", rule: "tokenName", printable: true },
  /**
   * How long it is valid, in whole days from the day on which it is made, 1 and up. Default: for ever. Needs Jenkins 2.548, LTS
   * 2.555.1: on an older one `pulumi up` fails. The last day is `expiresOn`; when it is over everywhere in the world the next
   * `pulumi up` replaces the token. A change replaces it, too.
   */
  expiresInDays: { type: "integer", from: 1, replaces: true, printable: true },
  /**
   * How long before its end a token is replaced, in whole days, 0 to `expiresInDays - 2`. Default: after its end. The period of
   * a token is `expiresInDays - renewBeforeDays`: `pulumi up` replaces the token up to 12 hours before the period is over (at
   * most a tenth of it), so that a scheduled run may be early. Only `pulumi up` does it, so leave more days than there are
   * between two runs. A change does nothing by itself.
   */
  renewBeforeDays: { type: "integer", from: 0, printable: true },
  /** Any strings. When one changes, is added or removed, the token is replaced: a new value, dependents moved, the old revoked. */
  triggers: { type: "texts", replaces: true },
  /**
   * The way to the tokens. `"rest"`, the default: the endpoints of the user's own page. `"scriptConsole"`: Jenkins' script
   * console, by which an administrator looks after anybody's tokens; a change between these two does nothing. `"legacy"`: the
   * one token that each user has in Jenkins before 2.129, and later where that is allowed; a change to or from it replaces. It
   * has no name and no expiry, the signed-in user's is the only one, and `triggers` change it in its place; one that was there
   * before is shown, and not ended by `pulumi destroy`.
   */
  via: { type: ["rest", "scriptConsole", "legacy"], printable: true },
  /**
   * The value of a token that was imported, `11` and 32 hexadecimal digits: where the state has none it is adopted, once it has
   * signed in as that user; that it belongs to this very token, Jenkins can't tell. Secret. Taking it out again changes nothing. Ignored for a token that Pulumi makes, whose value Jenkins chooses.
   * Only the native plugin takes it.
   */
  tokenValue: { type: "string", rule: "tokenValue", secret: true, only: "native" },
  /** What the default name begins with: `<project>/<stack>/<name>`. Given by the class of the dynamic resource, not by users. */
  autoName: { type: "string", rule: "tokenName", only: "dynamic" },
} as const satisfies Table;

/** What a token is declared with. All of it is optional, and what is declared is an output, too. */
export interface Inputs extends Declared<typeof INPUTS, Objects> {}

export const OBSERVED = {
  /** Jenkins' id of the token, and the Pulumi id; `legacy:<userId>` for a legacy token. */
  tokenUuid: { type: "string", required: true },
  /** The token's name as it is on the server. */
  tokenName: { type: "string", required: true },
  /**
   * The secret itself, 34 characters (a legacy token: 32). Secret whatever the options say. Undefined for a token that was only
   * looked up: Jenkins shows a value once.
   */
  tokenValue: { type: "string", secret: true },
  /** The owner's id, as the server spells it. */
  userId: { type: "string", required: true },
  /** Root URL of the Jenkins where the token lives, without a slash at its end. */
  jenkinsUrl: { type: "string", required: true },
  /**
   * When it was made, ISO time by Jenkins' own clock. Undefined for a token that was only looked up, and for a legacy token that
   * was there before.
   */
  createdAt: { type: "string" },
  /** The last day on which it signs in, ISO date in the time zone of Jenkins. Undefined: it never expires. */
  expiresOn: { type: "string" },
} as const satisfies Table;

/** What a token that exists is known by, beside its inputs. */
export interface Observed extends Given<typeof OBSERVED, Objects> {}

export const ROTATING_INPUTS = {
  /**
   * How old a token gets before the next `pulumi up` makes another one, in whole days, 1 and up. `pulumi up` rotates up to 12
   * hours before this period is over (at most a tenth of it), so that a scheduled run may be early. The previous value works
   * for at least `rotateEveryDays`, less this tolerance, after the new one is there. Only `pulumi up` rotates: run it on a
   * schedule. A change counts from the time when the present token was made.
   */
  rotateEveryDays: { type: "integer", from: 1, required: true, printable: true },
  /** Which Jenkins, and as whom, as for an `ApiToken`. */
  connection: { type: "connection" },
  /** Id of the user whose tokens they are, as for an `ApiToken`. Default: the signed-in user. Another user replaces both tokens. */
  user: { type: "string", rule: "userId", replaces: true, printable: true },
  /**
   * What the names begin with that are shown in Jenkins: each token has 8 hexadecimal digits of its own behind it. Default
   * `<project>/<stack>/<name>`. A change renames both tokens in place: their values stay.
   */
  tokenName: { type: "string", rule: "tokenName", printable: true },
  /**
   * How long each token is valid, in whole days, at least twice `rotateEveryDays`: so also a token dies that nobody rotates any
   * more. Default: for ever. Needs Jenkins 2.548, LTS 2.555.1. A change rotates.
   */
  expiresInDays: { type: "integer", from: 1, printable: true },
  /** Any strings. When one changes, is added or removed, the next `pulumi up` rotates at once. */
  triggers: { type: "texts" },
  /** The way to the tokens, as for an `ApiToken`. Default `"rest"`; a change does nothing. */
  via: { type: ["rest", "scriptConsole"], printable: true },
} as const satisfies Table;

/** What a rotating token is declared with. */
export interface RotatingInputs extends Declared<typeof ROTATING_INPUTS, Objects> {}

export const ROTATED_TOKEN = {
  /** Jenkins' id of the token. */
  tokenUuid: { type: "string", required: true },
  /** The token's name as it is on the server. */
  tokenName: { type: "string", required: true },
  /** The secret itself, 34 characters. */
  tokenValue: { type: "string", required: true, secret: true },
  /** When it was made, ISO time by Jenkins' own clock. */
  createdAt: { type: "string", required: true },
  /** The last day on which it signs in, ISO date in the time zone of Jenkins. Undefined: it never expires. */
  expiresOn: { type: "string" },
} as const satisfies Table;

/** One of the two tokens of a rotating token. */
export interface RotatedToken extends Given<typeof ROTATED_TOKEN, Objects> {}

export const ROTATING_OBSERVED = {
  /** The token to be used. Secret. */
  current: { type: "rotated", required: true, secret: true },
  /** The one before, which is valid until the next rotation. Secret. Undefined before the first one. */
  previous: { type: "rotated", secret: true },
  /** The owner's id, as the server spells it. */
  userId: { type: "string", required: true },
  /** Root URL of the Jenkins where the tokens live, without a slash at its end. */
  jenkinsUrl: { type: "string", required: true },
} as const satisfies Table;

/** What a rotating token is known by, beside its inputs. */
export interface RotatingObserved extends Given<typeof ROTATING_OBSERVED, Objects> {}

export const TOKEN_QUERY = {
  /** Which Jenkins, and as whom. Where it is left out, the same places are looked at as for a token. */
  connection: { type: "connection" },
  /** Id of the user whose tokens they are. Default: the signed-in user. Others' tokens are shown to administrators. */
  user: { type: "string", rule: "userId" },
  /**
   * Only tokens that were certainly not used for so many whole days, 1 and up. Unknown is never unused: a token is left out where
   * Jenkins does not count uses, where nobody knows when it was made or last used, and where it was made within these days. Needs
   * `via: "scriptConsole"`, which alone has exact dates. A time for which counting was switched off can't be told afterwards.
   */
  unusedForDays: { type: "integer", from: 1 },
  /**
   * The way to the tokens. `"rest"`, the default: the user's own page, which shows times in a language and time zone of its own, so
   * that `createdAt` and `lastUsedAt` are absent. `"scriptConsole"`: Jenkins' script console, with exact times, for administrators.
   */
  via: { type: ["rest", "scriptConsole"] },
} as const satisfies Table;

/** Whose tokens are asked for, and which of them. All of it is optional. */
export interface TokenQuery extends Declared<typeof TOKEN_QUERY, Objects> {}

export const REVIEWED_TOKEN = {
  /** Jenkins' id of the token. */
  tokenUuid: { type: "string", required: true },
  /** The token's name. */
  tokenName: { type: "string", required: true },
  /** Whether it is the legacy token, of which a user has one at most. */
  isLegacy: { type: "boolean", required: true },
  /** Whether its last day is over. Jenkins lists such a token until it is revoked. */
  isExpired: { type: "boolean", required: true },
  /** When it was made, ISO time by Jenkins' own clock. */
  createdAt: { type: "string" },
  /** When it was last used, ISO time by Jenkins' own clock. */
  lastUsedAt: { type: "string" },
  /** How often it has signed in. Absent where Jenkins does not count. */
  useCount: { type: "integer" },
  /**
   * The last day on which it signs in, ISO date in the time zone of Jenkins. `"unknown"` where Jenkins writes it in another language than the
   * one it is asked in. Absent: it never expires, or `isExpired` is true and the page doesn't show the day any more.
   */
  expiresOn: { type: "string" },
} as const satisfies Table;

/** A token of a user. What Jenkins doesn't show, or not exactly, is absent; its value is never shown. */
export interface ReviewedToken extends Declared<typeof REVIEWED_TOKEN, Objects> {}

export const TOKEN_REVIEW = {
  /** The owner's id, as the server spells it. */
  userId: { type: "string", required: true },
  /** Root URL of the Jenkins, without a slash at its end. */
  jenkinsUrl: { type: "string", required: true },
  /** All tokens of the user, or the unused ones. */
  tokens: { type: "reviewedTokens", required: true },
} as const satisfies Table;

/** The tokens that were found, and where. */
export interface TokenReview extends Declared<typeof TOKEN_REVIEW, Objects> {}

/** The types that have names of their own. */
interface Objects {
  connection: ConnectionArguments;
  rotated: RotatedToken;
  reviewedTokens: ReviewedToken[];
}

/** The inputs that only one of the two classes has. */
export type InputsOfOne = {
  [Name in keyof Inputs]-?: (typeof INPUTS)[Name] extends { only: string } ? Name : never;
}[keyof Inputs];

/** The text by which Pulumi stands for a value that isn't known yet, in check and diff of a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;
