/** What Jenkins can do since which version. An LTS version has a third part, such as 2.555.1. */
export const SINCE = {
  /** A POST with an API token needs no crumb. */
  tokensWithoutCrumb: "2.96",
  /** A user has many API tokens, with names and uuids. Before, each user has one. */
  manyTokens: "2.129",
  /** The page `/user/<id>/security/` shows the tokens. Before, the page `configure` shows them. */
  securityPage: "2.468",
  /** A rename is answered with JSON. Before, it is answered with nothing. */
  renameAnswer: "2.505",
  /** A token can expire. */
  expiry: "2.548",
} as const;

/** Kept, because to make one takes a hundred times as long as to compare with it. */
const byNumber = new Intl.Collator("en", { numeric: true });

export function isOlder(version: string | undefined, than: string): boolean {
  return version !== undefined && byNumber.compare(version, than) < 0;
}

/** A CloudBees Jenkins has a version of four parts. */
export function isCloudBees(version = ""): boolean {
  return /^\d+\.\d+\.\d+\.\d+/.test(version);
}
