/** Tokens as one JSON document, described in docs/command.md. */
import { sayJson } from "../output.ts";
import type { Report } from "../report.ts";

/** The version of documents about several controllers. The document about one Jenkins is older, and has no version. */
export const VERSION = 1;

export function writeJson({ isFleet, listings, failures }: Report): void {
  const [only] = listings;
  if (!isFleet && only) {
    sayJson({ jenkinsUrl: only.url, tokens: only.tokens });
    return;
  }
  const asked = listings.map(({ url, userId, tokens, all, lacksCounts }) => ({
    jenkinsUrl: url,
    userId,
    tokens: tokens.length,
    all,
    ...(lacksCounts && { lacksCounts }),
  }));
  const failed = failures.map(({ name, message }) => ({ jenkinsUrl: name, error: message }));
  const tokens = listings.flatMap(({ url, tokens }) => tokens.map((token) => ({ jenkinsUrl: url, ...token })));
  sayJson({ version: VERSION, controllers: [...asked, ...failed], tokens });
}
