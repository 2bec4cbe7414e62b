/** Parses token pages, for many controllers in a second thread: there, a long page delays no reply of another controller. */
import { Worker } from "node:worker_threads";
import type { TokenPage } from "./token-page.ts";

/** TypeScript or JavaScript, like this file. Absent in the plugin's bundle, which has no second file. */
const THREAD =
  import.meta.url.includes("page-parser") && new URL(import.meta.url.replace("page-parser", "page-thread"));

/** With more room for new objects, the thread would need more memory and would not be faster. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

interface Waiting {
  resolve: (page: TokenPage | undefined) => void;
  reject: (error: unknown) => void;
}

class PageParser {
  isForFleet = false;
  #thread: Worker | undefined;
  /** Those who wait for the thread, in the order of their pages. */
  readonly #waiting: Waiting[] = [];

  /** The function to parse a page with: `parseTokenPage`, or the same in the second thread. It takes the bytes away from its caller. */
  async load(): Promise<(page: Buffer) => TokenPage | undefined | Promise<TokenPage | undefined>> {
    const file = this.isForFleet && THREAD;
    if (!file) return (await import("./token-page.ts")).parseTokenPage;
    this.#started(file); // It loads while the page is on its way.
    return (page) => this.#ask(this.#started(file), page);
  }

  async #ask(thread: Worker, page: Buffer): Promise<TokenPage | undefined> {
    const isWhole = page.byteLength === page.buffer.byteLength; // Short buffers share their memory with others.
    thread.postMessage(page, isWhole ? [page.buffer as ArrayBuffer] : []);
    thread.ref();
    return await new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #started(file: URL): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(file, { execArgv: [], resourceLimits: LIMITS });
    thread.unref();
    thread.on("message", (page: TokenPage | undefined) => {
      this.#waiting.shift()?.resolve(page);
      if (this.#waiting.length === 0) thread.unref();
    });
    thread.on("error", (error) => {
      this.#thread = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
    this.#thread = thread;
    return thread;
  }
}

/** The parser of this process. */
export const pageParser = new PageParser();
