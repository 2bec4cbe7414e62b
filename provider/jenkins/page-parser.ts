/** Parses token pages, for many controllers in a second thread: the first one reads replies meanwhile. */
import { Worker } from "node:worker_threads";
import type { TokenPage } from "./token-page.ts";

/** The program of the second thread: TypeScript or JavaScript, like this file. Absent in the plugin's bundle, which has no second file. */
const [, extension] = /\/page-parser(\.[jt]s)$/.exec(import.meta.url) ?? [];
const PROGRAM = extension ? new URL(`page-thread${extension}`, import.meta.url) : undefined;

/** With more room for new objects, the thread would need more memory and would not be faster. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

type Parsed = TokenPage | undefined;

interface Waiting {
  bytes: Buffer;
  resolve: (page: Parsed) => void;
  reject: (error: unknown) => void;
}

class PageParser {
  isForFleet = false;
  #thread: Worker | undefined;
  /** Those who wait for the thread, in the order in which it parses their pages. */
  readonly #waiting: Waiting[] = [];

  /** The function that parses a page: `parseTokenPage`, or the same in the second thread. */
  async load(): Promise<(bytes: Buffer) => Parsed | Promise<Parsed>> {
    if (!this.isForFleet) return (await import("./token-page.ts")).parseTokenPage;
    this.#started(); // It loads while the page is on its way.
    return (bytes) => this.#parse(bytes);
  }

  async #parse(bytes: Buffer): Promise<Parsed> {
    const thread = this.#started();
    if (!thread) return (await import("./token-page.ts")).parseTokenPage(bytes);
    thread.postMessage(bytes);
    thread.ref();
    return await new Promise((resolve, reject) => this.#waiting.push({ bytes, resolve, reject }));
  }

  /** Absent if there can't be a second thread: for lack of a program, of a permission or of resources. */
  #started(): Worker | undefined {
    try {
      this.#thread ??= PROGRAM && this.#start(PROGRAM);
    } catch {}
    return this.#thread;
  }

  #start(program: URL): Worker {
    const thread = new Worker(program, { execArgv: [], resourceLimits: LIMITS });
    thread.on("message", (page: Parsed) => {
      this.#waiting.shift()?.resolve(page);
      if (this.#waiting.length === 0) thread.unref();
    });
    thread.on("error", (error) => {
      this.#thread = undefined;
      const [first, ...others] = this.#waiting.splice(0);
      first?.reject(error); // Its page has ended the thread.
      for (const { bytes, resolve, reject } of others) this.#parse(bytes).then(resolve, reject);
    });
    thread.unref(); // Last, because a listener for messages refers to the thread again.
    return thread;
  }
}

/** The parser of this process. */
export const pageParser = new PageParser();
