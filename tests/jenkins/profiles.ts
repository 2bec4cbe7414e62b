import { tokenPage } from "./token-page.ts";

/** What differs from one version of Jenkins to the next, as seen over HTTP. */
export interface Profile {
  version: string;
  /** The version in the `Server` header and at the foot of the container's error pages. */
  jetty: string;
  /** A user's page with his tokens: `security` since 2.468, each token a `div.token-card` since 2.505. */
  tokenPage: { path: string; draw: typeof tokenPage };
  /** A successful rename answers with JSON since 2.505. */
  renameReply: "json" | "empty";
  /** Since 2.548: `expirationDuration` is heeded, the reply has `aboutToExpire` and `expirationDate`. */
  expiry: boolean;
  /** Further attributes of the session cookie. */
  cookieAttributes: string;
  /** What whoAmI lists for somebody signed in with a password; a token gives only the first one. */
  passwordAuthorities: string[];
  /** The `WWW-Authenticate` of a 401. */
  challenge: string;
  /** Names that can't be written as XML, so that the user's file can't be saved while a token has one. */
  unwritableName: RegExp;
}

const profiles: Profile[] = [
  {
    version: "2.568.1",
    jetty: "12.1.8",
    tokenPage: { path: "security", draw: tokenPage },
    renameReply: "json",
    expiry: true,
    cookieAttributes: "HttpOnly; SameSite=Lax",
    passwordAuthorities: ["authenticated", "FACTOR_PASSWORD"],
    challenge: 'Basic realm="Jenkins", charset="UTF-8"',
    unwritableName: /[\0\uFFFE\uFFFF]/,
  },
];

export const newestVersion = "2.568.1";

export function profileOf(version: string): Profile {
  const profile = profiles.find((candidate) => candidate.version === version);
  if (!profile)
    throw new Error(`no profile of Jenkins ${version}, only of ${profiles.map((p) => p.version).join(", ")}`);
  return profile;
}
