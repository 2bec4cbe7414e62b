/** The revoked and kept tokens as one JSON document, described in docs/command.md. */
import type { Ended } from "../end.ts";
import type { Failure } from "../fleet.ts";
import { type Row, sayJson } from "../output.ts";
import { VERSION } from "./json.ts";

/** @param withoutEnd the failures of the controllers on which no revoke was tried. */
export function writeRevoked(ended: Ended[], withoutEnd: Failure[], isFleet: boolean): void {
  const tokens = ended.flatMap((one) => [...one.tokens.map(shown), ...keptBy(one)]);
  const [only] = ended;
  if (!isFleet && only) {
    const { url, userId } = only.plan;
    const here = tokens.map(({ jenkinsUrl, ...token }) => token);
    sayJson({ jenkinsUrl: url, userId, tokens: here, ...candidatesOf(ended) });
    return;
  }
  const writtenAt = new Date().toISOString();
  const answered = ended.map(({ plan: { url, userId }, failures }) => {
    const error = failures.map(({ message }) => message).join("\n");
    return { jenkinsUrl: url, userId, ...(error && { error }) };
  });
  const failed = withoutEnd.map(({ name, message }) => ({ jenkinsUrl: name, error: message }));
  sayJson({ version: VERSION, writtenAt, controllers: [...answered, ...failed], tokens, ...candidatesOf(ended) });
}

type Shown = Row & { isRevoked: boolean; outcome: string; keptBecause?: string };

function shown(token: Ended["tokens"][number]): Shown {
  return { ...token, isRevoked: token.outcome === "revoked" };
}

/** The tokens that were requested, but are kept. */
function keptBy({ plan: { url, kept } }: Ended): Shown[] {
  return kept.map(({ token, because }) => {
    return { ...token, jenkinsUrl: url, isRevoked: false, outcome: "kept", keptBecause: because };
  });
}

function candidatesOf(ended: Ended[]): { candidates?: object[] } {
  const candidates = ended.flatMap(({ plan: { url, candidates } }) =>
    candidates.map((token) => ({ jenkinsUrl: url, ...token })),
  );
  return candidates.length > 0 ? { candidates } : {};
}
