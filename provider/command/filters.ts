/** The filters of the command line. A filter on an unknown property never matches. */
import { DAY_MS } from "../expiry.ts";
import { isUnused } from "../jenkins/token.ts";
import { tell } from "../operation.ts";
import type { Asked, Filter } from "./arguments.ts";
import type { KnownToken } from "./output.ts";

type Test = (token: KnownToken, filter: Filter, now: Date) => boolean;

const TESTS: Record<Filter["name"], Test> = {
  expired: ({ isExpired }) => isExpired,
  "never-expires": ({ isExpired, expiresOn }) => !isExpired && expiresOn === undefined,
  "never-used": ({ useCount, lastUsedAt }) => useCount === 0 && lastUsedAt === undefined,
  "older-than": ({ createdAt = "" }, { days }, now) => Date.parse(createdAt) <= now.getTime() - days * DAY_MS,
  "unused-for": (token, { days }, now) => isUnused(token, days, now),
  name: ({ tokenName }, { glob }) => isLike(tokenName, glob),
  "not-in-stack": (token) => !isOfStack(token),
  leftover: ({ isLeftover }) => isLeftover === true,
};

/** Whether the token belongs, or may belong, to a resource of the stack. */
export function isOfStack({ resource, mayBeOf }: KnownToken): boolean {
  return resource !== undefined || mayBeOf !== undefined;
}

const NEED_COUNTS: Filter["name"][] = ["unused-for", "never-used"];

/** Whether a token meets a filter. */
export function meets(token: KnownToken, filter: Filter, now: Date): boolean {
  return TESTS[filter.name](token, filter, now);
}

/** Whether a filter needs use counts, and Jenkins does not count uses. */
export function lacksCounts(all: KnownToken[], { filters, failOn }: Asked): boolean {
  const isCounted = all.length === 0 || all.some(({ useCount }) => useCount !== undefined);
  return !isCounted && [...filters, ...failOn].some(({ name }) => NEED_COUNTS.includes(name));
}

/** The tokens that meet all filters. */
export function chosen(all: KnownToken[], asked: Asked, now: Date): KnownToken[] {
  const { filters } = asked;
  if (lacksCounts(all, asked)) {
    tell("warning", "Jenkins does not count uses, so no token is known to be unused: switch on its usage statistics.");
  }
  return all.filter((token) => filters.every((filter) => meets(token, filter, now)));
}

/** Matches a glob. It returns only to the last star, so that no name takes long. `?` matches one code point. */
function isLike(name: string, pattern: string): boolean {
  const [text, glob] = [[...name], [...pattern]];
  let [at, of] = [0, 0];
  let star: { at: number; of: number } | undefined;
  while (at < text.length) {
    if (glob[of] === "*") {
      star = { at, of };
      of += 1;
    } else if (glob[of] === "?" || glob[of] === text[at]) {
      at += 1;
      of += 1;
    } else if (star) {
      star.at += 1;
      at = star.at;
      of = star.of + 1;
    } else return false;
  }
  return glob.slice(of).every((rest) => rest === "*");
}
