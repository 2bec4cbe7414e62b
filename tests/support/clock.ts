/**
 * A clock that goes on when a test says so. Its limits of requests end without a wait, and never before the request has reached the server.
 * Only `AbortSignal.timeout` and `performance.now` follow it.
 */
export class Clock {
  readonly #limits = new Map<AbortController, number>();
  readonly #timeout = AbortSignal.timeout;
  readonly #now = performance.now.bind(performance);
  #passedMs = 0;

  constructor() {
    performance.now = () => this.#now() + this.#passedMs;
    AbortSignal.timeout = (ms) => {
      const limit = new AbortController();
      this.#limits.set(limit, performance.now() + ms);
      return limit.signal;
    };
  }

  pass(ms: number): void {
    this.#passedMs += ms;
    for (const [limit, end] of this.#limits) {
      if (end > performance.now()) continue;
      this.#limits.delete(limit);
      limit.abort(new DOMException("The time is over", "TimeoutError"));
    }
  }

  /** Gives the process its own clock back. */
  stop(): void {
    performance.now = this.#now;
    AbortSignal.timeout = this.#timeout;
  }
}
