import type { Translation } from "./token-words.ts";

/** The differences between versions of Jenkins, as seen over HTTP. */
export interface Profile {
  version: string;
  jetty: Jetty;
  /** Whether requests with a token also need a crumb: until 2.95. */
  tokenNeedsCrumb: boolean;
  crumb: CrumbKind;
  /** Since 2.246, the head of every page has a crumb for its scripts. */
  crumbInPages: boolean;
  /** Any number of named tokens, since 2.129. Before, a user has only the legacy token. */
  namedTokens: boolean;
  /** `addFixedToken`, since 2.260. */
  fixedTokens: boolean;
  /** A user's page with his tokens: `security` since 2.468. */
  tokenPage: TokenPageKind;
  /** The recorded languages of the token list besides English: Japanese since 2.313, Swedish since 2.475. */
  translations: readonly Translation[];
  /** Since 2.505, a successful rename returns JSON. Before 2.505, a missing uuid gets the container's 400. */
  renameReply: "json" | "empty";
  /** Until 2.259, a revoke writes the user's file even if the token does not exist. */
  savesUnknownRevoke: boolean;
  /** Since 2.548, `expirationDuration` takes effect, and the reply has `aboutToExpire` and `expirationDate`. */
  expiry: boolean;
  /** The header with the new value of a legacy token. The second name is used since 2.540. */
  changeTokenHeader: "script" | "X-Jenkins-ValidateButton-Callback";
  /** Since 2.228 and 2.222.1, a raw semicolon in the path is refused. */
  refusesSemicolons: boolean;
  /** Since 2.539, replies after authentication have a content security policy that only reports. */
  contentSecurityPolicy: boolean;
  /** Until 2.463, Jenkins compresses its pages itself. Then the container compresses everything, and says so in `Vary`. */
  compresses: "pages" | "everything";
  /** The attributes of a session cookie: `SameSite` since 2.513, blanks between them since Jetty 9.4.30. */
  sessionCookie: (path: string) => string;
  /** Since 2.266, a 401 deletes the cookie of "remember me". */
  forgetMeCookie: ((path: string) => string) | undefined;
  /** The `WWW-Authenticate` of a 401. */
  challenge: string;
  /** The action of the login form, and whether it needs the crumb of its page: since 2.541. */
  loginForm: { action: "j_acegi_security_check" | "j_spring_security_check"; wantsCrumb: boolean };
  /** The text of a 401. Until 2.265 it names the user. */
  unauthorized: (userName: string) => string;
  /** The authorities in whoAmI for a login by password. A login by token has only the first one. */
  passwordAuthorities: string[];
  /** The authority in whoAmI for an anonymous user: an empty text until 2.265. */
  anonymousAuthority: "" | "anonymous";
  /** Until 2.218, whoAmI shows the caller's address, and Java's text of the authentication. */
  whoAmIDetails: boolean;
  /** Headers of every reply of the remote API since 2.219. */
  remoteApiHeaders: Record<string, string>;
  /** Whether the crumb as plain text has the header X-Jenkins. */
  advertisedInText: boolean;
  /** The classes of a user's properties in the remote API, for the user himself. */
  userProperties: string[];
  /** Headers of every page: `Referrer-Policy`, and `Cross-Origin-Opener-Policy`, recorded since 2.313. */
  pageHeaders: Record<string, string>;
  title: (name: string) => string;
  /** Whether the login page is an ordinary page of Jenkins, without a heading, as in older versions. */
  loginHeading: string | undefined;
  /** The message about the missing permission for an anonymous user. */
  anonymousDenial: AnonymousDenial;
  /** Until 2.420, the container answers 404. */
  notFound: "page of Jetty" | "page of Jenkins";
  /** The reply to a GET of a POST method: since 2.96 a page that offers to retry, with `Allow` in 2.568.1. */
  postRequired: "a sentence" | "a page" | "a page with Allow";
  /** Names that XML cannot represent. The user's file cannot be saved while a token has such a name. */
  unwritableName: RegExp;
}

/** The servlet container of Jenkins. */
export interface Jetty {
  /** The version, in the `Server` header and at the foot of the error pages. */
  version: string;
  errorPage: ErrorPage;
  /** The `Location` of a redirect: a whole URL before Jetty 12. */
  redirects: "absolute" | "relative";
  /** The servlet name on the error page outside the context path. Jetty 12 has no servlet there. */
  outside: "path" | "url";
}

interface ErrorPage {
  charset: "utf-8" | "ISO-8859-1";
  /** How the error page shows the path and the message. */
  reason: "sentence" | "table";
  rule: "<hr>" | "<hr/>";
  home: string;
}

export interface CrumbKind {
  digest: "md5" | "sha256";
  /** Since 2.176.2 a crumb belongs to its session. Since 2.176.3 it creates a session if there is none. */
  session: "ignored" | "if there is one" | "always";
  /** Until 2.542, a crumb belongs to its client's address. */
  address: boolean;
}

type TokenPageKind = { path: "configure" | "security" } & TokenMarkup;

type TokenMarkup = { markup: "legacy token only" } | RowsMarkup | CardsMarkup;

/** Until 2.504, each token is a row of inputs. */
export interface RowsMarkup {
  markup: "rows";
  /** The markup: `setting-input` and YUI's buttons, then Jenkins' own buttons, then buttons without a script in an attribute. */
  widgets: "yui" | "jenkins" | "scriptless";
  copyButton: "none" | "input" | "button" | "button with notice";
  warningIcon: string;
  /** The picture in the revoke link. In later versions it is an SVG without an address. */
  revokeIcon: string | undefined;
}

/** Since 2.505, each token is a card. Since 2.548, it shows its expiry in place of its age. */
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
