import type { Server } from "./server.ts";

/** What a server may lack, and the sentence with which the package refuses it then and leaves nothing behind. */
export const refusals = {
  /** Tokens with names, as many as one likes. */
  names: {
    since: "2.129",
    why: "needs Jenkins 2.129, which has named tokens",
    says: /before 2\.129 Jenkins has one token per user.* Upgrade Jenkins, or declare that one token with `via: "legacy"`\.|: it takes API tokens from 2\.129 on\.$/,
  },
  expiry: {
    since: "2.548",
    why: "needs Jenkins 2.548, which has tokens that expire",
    says: /one that never expires, which was revoked again\. Expiry needs Jenkins 2\.548, LTS 2\.555\.1: upgrade it, or leave out expiresInDays\.$/,
  },
  /** From 2.129 on an administrator has to allow it. */
  legacy: {
    since: undefined,
    why: "needs legacy tokens, which this Jenkins has switched off",
    says: /^Changing the legacy API token of .* Allow legacy API tokens in Jenkins' security settings, or leave out `via`\.$/,
  },
} as const;

export type Lack = keyof typeof refusals;

/** Why a case can't be tried with these logins, or makes no sense here. Any other reason is a failure. */
const reasons = {
  other: "needs the login of an ordinary user: JENKINS_OTHER_USER_ID and JENKINS_OTHER_PASSWORD",
  password: "needs to sign in with a password: JENKINS_PASSWORD instead of JENKINS_API_TOKEN",
  pulumi: "needs the Pulumi CLI, which is not there and could neither be downloaded nor built",
  letters: "this Jenkins tells users apart by upper and lower case",
  forOthers: "this Jenkins lets administrators make tokens for others",
} as const;

export type Reason = keyof typeof reasons;

/** Thrown by a case that finds out only on the way that it makes no sense here. */
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

/** Whether `server` is known to lack it before anything is tried. */
export function isKnownToLack({ version, administrator, other }: Server, need: Lack | Reason): boolean {
  if (need === "other") return other === undefined;
  if (need === "password") return !("JENKINS_PASSWORD" in administrator);
  if (need === "names" || need === "expiry") return isOlder(version, refusals[need].since);
  return false;
}

/** Whether a case with these needs has to pass: else it may be refused or skipped, for one of them. */
export function hasToPass(needs: readonly (Lack | Reason)[], server: Server): boolean {
  return needs.every((need) => {
    if (need === "legacy") return isOlder(server.version, refusals.names.since);
    const isFoundOut = need === "pulumi" || need === "letters" || need === "forOthers";
    return !(isFoundOut || isKnownToLack(server, need));
  });
}
