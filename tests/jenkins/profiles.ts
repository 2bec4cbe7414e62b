import type { Profile } from "./profile.ts";

const rows = {
  path: "configure",
  markup: "rows",
  widgets: "yui",
  copyButton: "none",
  warningIcon: "16x16/warning.png",
  revokeIcon: "16x16/text-error.png",
} as const;
const rowsWithSvg = { ...rows, warningIcon: "svgs/warning.svg", revokeIcon: undefined } as const;

// Each profile has the differences from the next older one. Without another comment, they were recorded on a real Jenkins
// of that version.

const jenkins2_72: Profile = {
  version: "2.72",
  jetty: {
    version: "9.4.z-SNAPSHOT",
    errorPage: { charset: "utf-8", reason: "sentence", rule: "<hr>", home: "http://eclipse.org/jetty" },
    redirects: "absolute",
    outside: "path",
  },
  tokenNeedsCrumb: true,
  crumb: { digest: "md5", session: "ignored", address: true },
  crumbInPages: false,
  namedTokens: false,
  fixedTokens: false,
  tokenPage: { path: "configure", markup: "legacy token only" },
  translations: [],
  renameReply: "empty",
  savesUnknownRevoke: true,
  expiry: false,
  changeTokenHeader: "script",
  refusesSemicolons: false,
  contentSecurityPolicy: false,
  compresses: "pages",
  sessionCookie: (path) => `;Path=${path};HttpOnly`,
  forgetMeCookie: undefined,
  challenge: 'Basic realm="Jenkins"',
  unauthorized: (userName) => `Invalid password/token for user: ${userName}`,
  passwordAuthorities: ["authenticated"],
  anonymousAuthority: "",
  whoAmIDetails: true,
  remoteApiHeaders: {},
  advertisedInText: false,
  userProperties: [
    "jenkins.security.ApiTokenProperty",
    "hudson.model.MyViewsProperty",
    "hudson.model.PaneStatusProperties",
    "hudson.search.UserSearchProperty",
    "hudson.security.HudsonPrivateSecurityRealm$Details",
  ],
  pageHeaders: {},
  title: (name) => `${name} [Jenkins]`,
  loginHeading: undefined,
  loginForm: { action: "j_acegi_security_check", wantsCrumb: false },
  anonymousDenial: { script: "in the page", permission: "told", groups: "" },
  notFound: "page of Jetty",
  postRequired: "a sentence",
  unwritableName: /[\uFFFE\uFFFF]/,
};

const jenkins2_169: Profile = {
  ...jenkins2_72,
  version: "2.169",
  tokenNeedsCrumb: false,
  namedTokens: true,
  tokenPage: rows,
  advertisedInText: true,
  userProperties: [
    "jenkins.security.ApiTokenProperty",
    "hudson.model.MyViewsProperty",
    "hudson.model.PaneStatusProperties",
    "jenkins.security.seed.UserSeedProperty",
    "hudson.search.UserSearchProperty",
    "hudson.security.HudsonPrivateSecurityRealm$Details",
  ],
  pageHeaders: { "Referrer-Policy": "same-origin" },
  loginHeading: "Welcome to Jenkins!",
  postRequired: "a page",
};

/** Not recorded. This profile and the next one only have the known change of the crumb. */
const jenkins2_176_2: Profile = {
  ...jenkins2_169,
  version: "2.176.2",
  crumb: { digest: "md5", session: "if there is one", address: true },
};

const jenkins2_176_3: Profile = {
  ...jenkins2_176_2,
  version: "2.176.3",
  crumb: { digest: "md5", session: "always", address: true },
};

const jenkins2_249_3: Profile = {
  ...jenkins2_176_3,
  version: "2.249.3",
  jetty: {
    ...jenkins2_176_3.jetty,
    version: "9.4.30.v20200611",
    errorPage: { charset: "utf-8", reason: "table", rule: "<hr>", home: "http://eclipse.org/jetty" },
  },
  crumb: { digest: "sha256", session: "always", address: true },
  crumbInPages: true,
  tokenPage: { ...rows, copyButton: "input", revokeIcon: undefined },
  refusesSemicolons: true,
  sessionCookie: (path) => `; Path=${path}; HttpOnly`,
  whoAmIDetails: false,
  remoteApiHeaders: { "X-Frame-Options": "deny" },
  userProperties: [
    "jenkins.security.ApiTokenProperty",
    "hudson.model.MyViewsProperty",
    "hudson.model.PaneStatusProperties",
    "jenkins.security.seed.UserSeedProperty",
    "hudson.search.UserSearchProperty",
    "hudson.model.TimeZoneProperty",
    "hudson.security.HudsonPrivateSecurityRealm$Details",
  ],
};

const jenkins2_313: Profile = {
  ...jenkins2_249_3,
  version: "2.313",
  fixedTokens: true, // Since 2.260.
  jetty: {
    ...jenkins2_249_3.jetty,
    version: "9.4.43.v20210629",
    errorPage: { charset: "utf-8", reason: "table", rule: "<hr>", home: "https://eclipse.org/jetty" },
  },
  tokenPage: { ...rowsWithSvg, copyButton: "input" },
  translations: ["ja"],
  loginForm: { action: "j_spring_security_check", wantsCrumb: false }, // Since 2.266.
  savesUnknownRevoke: false,
  anonymousAuthority: "anonymous", // Since 2.266.
  forgetMeCookie: (path) => `remember-me=; Path=${path}; Expires=Thu, 01-Jan-1970 00:00:00 GMT; Max-Age=0`,
  unauthorized: () => "Unauthorized",
  pageHeaders: { "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin" },
  anonymousDenial: { script: "in the page", permission: "untold", groups: "" },
};

const jenkins2_384: Profile = {
  ...jenkins2_313,
  version: "2.384",
  jetty: {
    ...jenkins2_313.jetty,
    version: "10.0.13",
    errorPage: { charset: "ISO-8859-1", reason: "table", rule: "<hr/>", home: "https://eclipse.org/jetty" },
  },
  tokenPage: { ...rowsWithSvg, widgets: "jenkins", copyButton: "button" },
};

const jenkins2_475: Profile = {
  ...jenkins2_384,
  version: "2.475",
  jetty: {
    version: "12.0.12",
    errorPage: { charset: "ISO-8859-1", reason: "table", rule: "<hr/>", home: "https://jetty.org/" },
    redirects: "relative",
    outside: "url",
  },
  tokenPage: { ...rowsWithSvg, path: "security", widgets: "scriptless", copyButton: "button" },
  translations: ["ja", "sv-SE"],
  compresses: "everything",
  forgetMeCookie: (path) => `remember-me=; Path=${path}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0`,
  userProperties: [
    "jenkins.security.ApiTokenProperty",
    "jenkins.console.ConsoleUrlProviderUserProperty",
    "hudson.model.MyViewsProperty",
    "hudson.model.PaneStatusProperties",
    "jenkins.security.seed.UserSeedProperty",
    "hudson.search.UserSearchProperty",
    "hudson.model.TimeZoneProperty",
    "jenkins.model.experimentalflags.UserExperimentalFlagsProperty",
    "hudson.security.HudsonPrivateSecurityRealm$Details",
  ],
  loginHeading: "Sign in to Jenkins",
  anonymousDenial: { script: "in a file", permission: "untold", groups: "" },
  notFound: "page of Jenkins",
  unwritableName: /[\0\uFFFE\uFFFF]/,
};

const jenkins2_499: Profile = {
  ...jenkins2_475,
  version: "2.499",
  jetty: { ...jenkins2_475.jetty, version: "12.0.16" },
  tokenPage: { ...rowsWithSvg, path: "security", widgets: "scriptless", copyButton: "button with notice" },
  title: (name) => `${name} - Jenkins`,
};

const jenkins2_516_2: Profile = {
  ...jenkins2_499,
  version: "2.516.2",
  jetty: { ...jenkins2_499.jetty, version: "12.0.22" },
  tokenPage: { path: "security", markup: "cards", cardClass: "token-card jenkins-card", tells: "age" },
  renameReply: "json",
  sessionCookie: (path) => `; Path=${path}; HttpOnly; SameSite=Lax`,
  forgetMeCookie: (path) =>
    `remember-me=; Path=${path}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax`,
  userProperties: [
    "jenkins.security.ApiTokenProperty",
    "jenkins.console.ConsoleUrlProviderUserProperty",
    "jenkins.views.ViewsTabBarUserProperty",
    "hudson.model.MyViewsProperty",
    "hudson.model.PaneStatusProperties",
    "jenkins.security.seed.UserSeedProperty",
    "hudson.search.UserSearchProperty",
    "hudson.model.TimeZoneProperty",
    "jenkins.model.experimentalflags.UserExperimentalFlagsProperty",
    "hudson.security.HudsonPrivateSecurityRealm$Details",
  ],
};

const jenkins2_532: Profile = {
  ...jenkins2_516_2,
  version: "2.532",
  jetty: { ...jenkins2_516_2.jetty, version: "12.0.25" },
};

/** Not recorded. This profile and the next one only have the known changes that are named here. */
const jenkins2_547: Profile = {
  ...jenkins2_532,
  version: "2.547",
  jetty: { ...jenkins2_532.jetty, version: "12.1.5" },
  crumb: { digest: "sha256", session: "always", address: false },
  tokenPage: { path: "security", markup: "cards", cardClass: "token-card", tells: "age" },
  changeTokenHeader: "X-Jenkins-ValidateButton-Callback",
  contentSecurityPolicy: true,
  loginForm: { action: "j_spring_security_check", wantsCrumb: true },
};

const jenkins2_548: Profile = {
  ...jenkins2_547,
  version: "2.548",
  tokenPage: { path: "security", markup: "cards", cardClass: "token-card", tells: "expiry" },
  expiry: true,
};

const jenkins2_568_1: Profile = {
  ...jenkins2_548,
  version: "2.568.1",
  jetty: { ...jenkins2_548.jetty, version: "12.1.8" },
  forgetMeCookie: (path) => `remember-me=; Path=${path}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax`,
  challenge: 'Basic realm="Jenkins", charset="UTF-8"',
  passwordAuthorities: ["authenticated", "FACTOR_PASSWORD"],
  anonymousDenial: { script: "in a file", permission: "told", groups: "anonymous" },
  postRequired: "a page with Allow",
};

const profiles: Profile[] = [
  jenkins2_72,
  jenkins2_169,
  jenkins2_176_2,
  jenkins2_176_3,
  jenkins2_249_3,
  jenkins2_313,
  jenkins2_384,
  jenkins2_475,
  jenkins2_499,
  jenkins2_516_2,
  jenkins2_532,
  jenkins2_547,
  jenkins2_548,
  jenkins2_568_1,
];

export const versions: readonly string[] = profiles.map((profile) => profile.version);
export const newestVersion = jenkins2_568_1.version;

export function profileOf(version: string): Profile {
  const profile = profiles.find((candidate) => candidate.version === version);
  if (!profile) throw new Error(`no profile of Jenkins ${version}, only of ${versions.join(", ")}`);
  return profile;
}
