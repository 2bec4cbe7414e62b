import type { Token } from "../jenkins/server.ts";
import { limits, type World } from "./world.ts";

type Tokens = ReadonlyMap<string, readonly Token[]>;

/** The history of the users' tokens at each request, for caches and lagging replicas. */
export class Past {
  readonly #world: World;
  readonly #kept: { at: number; tokens: Tokens }[] = [];
  beforeOperation: Tokens;

  constructor(world: World) {
    this.#world = world;
    this.beforeOperation = this.#now();
  }

  beginOperation(): void {
    this.beforeOperation = this.#now();
  }

  keep(): void {
    this.#kept.push({ at: performance.now(), tokens: this.#now() });
  }

  /** The tokens a number of requests ago, but not longer ago than the time between a first and a second look. */
  requestsAgo(count: number): Tokens {
    const recent = this.#kept.slice(-1 - count).filter(({ at }) => performance.now() - at < limits.secondLookMs);
    return recent[0]?.tokens ?? this.#now();
  }

  #now(): Tokens {
    const { owner, neighbour, administrator, namesake, fullName } = this.#world;
    const users = [owner, neighbour, administrator, namesake, fullName];
    return new Map(users.map((userId) => [userId, this.#world.tokensOf(userId).map((token) => ({ ...token }))]));
  }
}
