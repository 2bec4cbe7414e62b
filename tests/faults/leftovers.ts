import type { LoggedRequest } from "../jenkins/server.ts";
import type { Entry } from "./engine.ts";
import { unknownTokens } from "./invariants.ts";
import { hashOf, type LiveToken, type World } from "./world.ts";

const UNFINISHED = / \(pulumi [0-9a-f]{16}\)$/;

/** What killed runs have left: tokens that the next run has to find and to keep, and tokens that no run will ever find. */
export class Leftovers {
  readonly #world: World;
  readonly #isAlone: boolean;
  readonly #toBeFound = new Map<string, LiveToken>();

  /** @param isAlone whether the kill of one run is the only fault. */
  constructor(world: World, isAlone: boolean) {
    this.#world = world;
    this.#isAlone = isAlone;
  }

  get areToBeFound(): boolean {
    return this.#toBeFound.size > 0;
  }

  get notFound(): string[] {
    return [...this.#toBeFound.values()].map(
      ({ tokenName }) => `no run has found "${tokenName}", which a killed one left`,
    );
  }

  /**
   * Compares the state after a run with what is live.
   *
   * @param requests of the run, if it was killed.
   * @returns the violations.
   */
  lookAt(state: Entry[], requests?: LoggedRequest[]): string[] {
    const before = [...this.#toBeFound.values()];
    this.#toBeFound.clear();
    for (const { tokenUuid } of before) this.#world.left.delete(tokenUuid);
    const unknown = unknownTokens(state, this.#world);
    const isKnownBefore = ({ tokenUuid }: LiveToken) => before.some((token) => token.tokenUuid === tokenUuid);
    const fresh = unknown.filter((token) => !isKnownBefore(token));
    const left = [...unknown.filter(isKnownBefore), ...(requests ? fresh : [])];
    for (const token of left) {
      this.#world.left.add(token.tokenUuid);
      if (this.#isUnfinished(token)) this.#toBeFound.set(token.tokenUuid, token);
    }
    if (!this.#isAlone) return [];
    return [...(requests ? this.#tooMany(fresh, requests) : []), ...this.#revoked(before)];
  }

  /** A token of a declared value that does not have its final name yet. */
  #isUnfinished({ tokenName, hash }: LiveToken): boolean {
    return UNFINISHED.test(tokenName) && this.#world.values.map(hashOf).includes(hash);
  }

  /** The next run does not find a token of a declared value after a rename, nor any other token after a generate. No other request leaves one. */
  #tooMany(fresh: LiveToken[], requests: LoggedRequest[]): string[] {
    const values = this.#world.values.map(hashOf);
    const finished = fresh.filter((token) => values.includes(token.hash) && !this.#isUnfinished(token));
    const ordinary = fresh.filter(({ hash }) => !values.includes(hash));
    const verbs = requests.map(verbOf);
    const count = (verb: string) => verbs.filter((other) => other === verb).length;
    return [
      ...(finished.length > count("rename") ? ["a killed run has left a token under its final name"] : []),
      ...(ordinary.length > count("generate") ? ["a killed run has left more tokens than it asked for"] : []),
    ];
  }

  #revoked(before: LiveToken[]): string[] {
    const present = new Set(this.#world.tokensOf(this.#world.owner).map(({ tokenUuid }) => tokenUuid));
    const gone = before.filter(({ tokenUuid }) => !present.has(tokenUuid));
    return gone.map(({ tokenName }) => `"${tokenName}", which a killed run had left, was revoked and not kept`);
  }
}

function verbOf({ path, form }: LoggedRequest): string | undefined {
  if (path.endsWith("/rename")) return "rename";
  if (path.endsWith("Token")) return "generate";
  const [, question = ""] = /'([\w+/=]+)'\.decodeBase64/.exec(form["script"] ?? "") ?? [];
  return question ? (JSON.parse(Buffer.from(question, "base64").toString()) as { verb: string }).verb : undefined;
}
