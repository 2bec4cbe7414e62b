import { setTimeout as elapse } from "node:timers/promises";
import { dayOf } from "./expiration.ts";
import type { SecurityRealm } from "./security-realm.ts";
import type { User } from "./user.ts";

export interface Authentication {
  user: User | undefined;
  /** The id as stored, however it was typed. */
  name: string;
  login?: "token" | "password";
}

export const anonymous: Authentication = { user: undefined, name: "anonymous" };

/** Jenkins' BasicHeaderProcessor: a token is tried first, then the same text as a password. Undefined is a 401. */
export async function authenticate(
  authorization: string | undefined,
  realm: SecurityRealm,
  now: Date,
  passwordMs: number,
): Promise<Authentication | undefined> {
  const encoded = /^Basic (.*)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return anonymous;
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  if (id === undefined || secret === undefined) return undefined;

  const user = realm.getById(id);
  const token = user?.tokenStore.findMatching(secret, dayOf(now));
  if (user && token) {
    token.useCount += 1;
    token.lastUsed = now;
    return { user, name: user.id, login: "token" };
  }

  // Checked for unknown users too: an answer may not tell by its speed who exists.
  if (passwordMs > 0) await elapse(passwordMs, undefined, { ref: false });
  return user?.hasPassword(secret) ? { user, name: user.id, login: "password" } : undefined;
}
