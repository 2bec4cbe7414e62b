import type { Server } from "./server.ts";

/** The features that a server may lack, and the message with which the package then refuses them. No token is left behind. */
export const refusals = {
  /** Several named tokens for each user. */
  names: {
    since: "2.129",
    why: "needs Jenkins 2.129, which has named tokens",
    says: /before 2\.129 Jenkins has one token per user.* Upgrade Jenkins, or declare that one token with `via: "legacy"`\.|: API tokens with a name need 2\.129 or later\.$/,
  },
  values: {
    since: "2.260",
    why: "needs Jenkins 2.260, which accepts a declared value",
    says: /this Jenkins chooses every value itself\. A fixedValue needs Jenkins 2\.260, LTS 2\.263\.1: upgrade it, or leave out fixedValue\.$/,
  },
  expiry: {
    since: "2.548",
    why: "needs Jenkins 2.548, which has tokens that expire",
    says: /one that never expires, which was revoked again\. Expiry needs Jenkins 2\.548, LTS 2\.555\.1: upgrade it, or leave out expiresInDays\.$/,
  },
  /** From 2.129 on, an administrator has to allow legacy tokens. */
  legacy: {
    since: undefined,
    why: "needs legacy tokens, which this Jenkins has switched off",
    says: /^Changing the legacy API token of .* Allow legacy API tokens in Jenkins' security settings, or leave out `via`\.$/,
  },
} as const;

export type Lack = keyof typeof refusals;

/** Why a case cannot run with these credentials, or does not apply to this server. Any other reason is a failure. */
const reasons = {
  other: "needs the credentials of an ordinary user: JENKINS_OTHER_USER_ID and JENKINS_OTHER_PASSWORD",
  password: "needs to log in with a password: JENKINS_PASSWORD instead of JENKINS_API_TOKEN",
  pulumi: "needs the Pulumi CLI, which is not installed and could be neither downloaded nor built",
  letters: "the user ids of this Jenkins are case-sensitive",
  forOthers: "this Jenkins lets administrators create tokens for other users",
} as const;

export type Reason = keyof typeof reasons;

/** Thrown by a case that finds out while it runs that it does not apply to this server. */
export class Skipped extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reasons[reason]);
    this.reason = reason;
  }
}

export function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}

/** Whether it is known in advance that `server` lacks the feature. */
export function isKnownToLack({ version, administrator, other }: Server, need: Lack | Reason): boolean {
  if (need === "other") return other === undefined;
  if (need === "password") return !("JENKINS_PASSWORD" in administrator);
  if (need === "names" || need === "values" || need === "expiry") return isOlder(version, refusals[need].since);
  return false;
}

/** Whether a case with these needs has to pass. Other cases may be refused or skipped for one of their needs. */
export function hasToPass(needs: readonly (Lack | Reason)[], server: Server): boolean {
  return needs.every((need) => {
    if (need === "legacy") return isOlder(server.version, refusals.names.since);
    const isFoundOut = need === "pulumi" || need === "letters" || need === "forOthers";
    return !(isFoundOut || isKnownToLack(server, need));
  });
}
