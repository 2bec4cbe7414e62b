import type { Translation } from "./token-words.ts";

/** What differs from one version of Jenkins to the next, as seen over HTTP. */
export interface Profile {
  version: string;
  jetty: Jetty;
  /** Who signs in with a token needs a crumb all the same: until 2.95. */
  tokenNeedsCrumb: boolean;
  crumb: CrumbKind;
  /** Since 2.246 the head of every page hands out a crumb to its scripts. */
  crumbInPages: boolean;
  /** Tokens with names, any number of them, since 2.129. Before, a user has the legacy token and nothing else. */
  namedTokens: boolean;
  /** A user's page with his tokens: `security` since 2.468. */
  tokenPage: TokenPageKind;
  /** Languages the token list speaks besides English, of those that were seen: Japanese since 2.313, Swedish 2.475. */
  translations: readonly Translation[];
  /** A successful rename answers with JSON since 2.505, and only since then a missing uuid isn't the container's 400. */
  renameReply: "json" | "empty";
  /** Until 2.259 a user's file is written even if the token to revoke isn't there. */
  savesUnknownRevoke: boolean;
  /** Since 2.548: `expirationDuration` is heeded, the reply has `aboutToExpire` and `expirationDate`. */
  expiry: boolean;
  /** The header with the new value of a legacy token: the latter since 2.540. */
  changeTokenHeader: "script" | "X-Jenkins-ValidateButton-Callback";
  /** A raw semicolon in the path is refused since 2.228 and 2.222.1. */
  refusesSemicolons: boolean;
  /** Since 2.539 what passes the sign-in carries a content security policy that only reports. */
  contentSecurityPolicy: boolean;
  /** Jenkins compresses its pages itself until the container does so with everything, and says so in `Vary`: 2.463. */
  compresses: "pages" | "everything";
  /** `SameSite` since 2.513, blanks between the attributes since Jetty 9.4.30. */
  sessionCookie: (path: string) => string;
  /** A 401 takes back the cookie of "remember me" since 2.266. */
  forgetMeCookie: ((path: string) => string) | undefined;
  /** The `WWW-Authenticate` of a 401. */
  challenge: string;
  /** Where the login form goes, and whether it is looked at without the crumb of its page: not any more since 2.541. */
  loginForm: { action: "j_acegi_security_check" | "j_spring_security_check"; wantsCrumb: boolean };
  /** What a 401 says: until 2.265 whose password is wrong. */
  unauthorized: (userName: string) => string;
  /** What whoAmI lists for somebody signed in with a password; a token gives only the first one. */
  passwordAuthorities: string[];
  /** Until 2.218 whoAmI tells the caller's address, and prints his authentication as Java does. */
  whoAmIDetails: boolean;
  /** Every reply of the remote API since 2.219. */
  remoteApiHeaders: Record<string, string>;
  /** The crumb as plain text comes with X-Jenkins. */
  advertisedInText: boolean;
  /** The classes of a user's properties, as his owner sees them by the remote API. */
  userProperties: string[];
  /** Every page: `Referrer-Policy`, and `Cross-Origin-Opener-Policy` seen since 2.313. */
  pageHeaders: Record<string, string>;
  title: (name: string) => string;
  /** The login page was one of Jenkins' ordinary pages once, without a heading. */
  loginHeading: string | undefined;
  /** What nobody in particular is told of the permission he needs. */
  anonymousDenial: AnonymousDenial;
  /** What isn't there is the container's to tell until 2.420. */
  notFound: "page of Jetty" | "page of Jenkins";
  /** What a GET meets where a POST belongs: a page that offers to retry since 2.96, seen with `Allow` in 2.568.1. */
  postRequired: "a sentence" | "a page" | "a page with Allow";
  /** Names that can't be written as XML, so that the user's file can't be saved while a token has one. */
  unwritableName: RegExp;
}

/** The servlet container that comes with Jenkins. */
export interface Jetty {
  /** In the `Server` header and at the foot of the error pages. */
  version: string;
  errorPage: ErrorPage;
  /** The `Location` of a redirect: a whole url until Jetty 12. */
  redirects: "absolute" | "relative";
  /** What the error page outside of the context path calls the place: Jetty 12 knows no servlet there. */
  outside: "path" | "url";
}

interface ErrorPage {
  charset: "utf-8" | "ISO-8859-1";
  /** How the path and the message are told. */
  reason: "sentence" | "table";
  rule: "<hr>" | "<hr/>";
  home: string;
}

export interface CrumbKind {
  digest: "md5" | "sha256";
  /** A crumb is of its session since 2.176.2, and makes one if there is none since 2.176.3. */
  session: "ignored" | "if there is one" | "always";
  /** A crumb is of its client's address until 2.542. */
  address: boolean;
}

type TokenPageKind = { path: "configure" | "security" } & TokenMarkup;

type TokenMarkup = { markup: "legacy token only" } | RowsMarkup | CardsMarkup;

/** Each token a row of inputs, until 2.504. */
export interface RowsMarkup {
  markup: "rows";
  /** `setting-input` and YUI's buttons, then Jenkins' own, at last those without a script in an attribute. */
  widgets: "yui" | "jenkins" | "scriptless";
  copyButton: "none" | "input" | "button" | "button with notice";
  warningIcon: string;
  /** The link that revokes shows a picture; an SVG without an address later. */
  revokeIcon: string | undefined;
}

/** Each token a card since 2.505, with its expiry in the place of its age since 2.548. */
export interface CardsMarkup {
  markup: "cards";
  cardClass: string;
  tells: "age" | "expiry";
}

interface AnonymousDenial {
  script: "in the page" | "in a file";
  permission: "told" | "untold";
  groups: string;
}
