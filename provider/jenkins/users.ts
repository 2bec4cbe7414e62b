/** Jenkins' usual realms don't tell `Alice` from `alice`. */
export function isSameUser(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The path of an account. */
export function userPath(userId: string): string {
  return `/user/${encodeURIComponent(userId)}`;
}
