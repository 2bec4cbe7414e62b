import type { Token } from "./api-token-store.ts";
import type { SecurityRealm } from "./security-realm.ts";
import type { User } from "./user.ts";

export interface Authentication {
  user: User | undefined;
  /** The id in the spelling of the user database. */
  name: string;
  login?: "token" | "password" | "session";
  token?: Token;
}

export const anonymous: Authentication = { user: undefined, name: "anonymous" };

/** Jenkins' BasicHeaderProcessor. It tries the secret as a token, then as a password. Undefined means 401. */
export async function authenticate(
  authorization: string | undefined,
  realm: SecurityRealm,
  today: string,
): Promise<Authentication | undefined> {
  const credentials = decoded(authorization);
  if (credentials === undefined) return anonymous;
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(credentials) ?? [];
  if (id === undefined || secret === undefined) return undefined;

  const user = realm.getById(id);
  const token = user?.tokenStore.findMatching(secret, today);
  if (user && token) {
    return { user, name: user.id, login: "token", token };
  }

  const owner = await realm.withPassword(id, secret);
  return owner && { user: owner, name: owner.id, login: "password" };
}

/** The user id that the request claims, whether the secret is right or not. */
export function typedId(authorization: string | undefined): string {
  return (decoded(authorization) ?? "").replace(/:.*/s, "");
}

function decoded(authorization = ""): string | undefined {
  const encoded = /^Basic (.*)$/i.exec(authorization)?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}
