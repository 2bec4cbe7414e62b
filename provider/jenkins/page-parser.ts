/** Parses token pages. For several controllers a second thread parses them, while the first one reads replies. */
import { Worker } from "node:worker_threads";
import type { TokenPage } from "./token-page.ts";

/** The program of the second thread: TypeScript or JavaScript, like this file. Absent in the plugin's bundle, which has no second file. */
const [, extension] = /\/page-parser(\.[jt]s)$/.exec(import.meta.url) ?? [];
const PROGRAM = extension ? new URL(`page-thread${extension}`, import.meta.url) : undefined;

/** Without this limit, the thread takes 20 MB more and is not faster: 1,000 pages of 100 tokens were measured. */
const LIMITS = { maxYoungGenerationSizeMb: 3 };

type Parsed = TokenPage | undefined;

interface Waiting {
  bytes: Buffer;
  resolve: (page: Parsed) => void;
  reject: (error: unknown) => void;
}

class PageParser {
  /** Whether to parse in a second thread, if Node.js can start one. */
  usesThread = false;
  #thread: Worker | undefined;
  /** The pages that the thread has not parsed yet, oldest first. */
  readonly #waiting: Waiting[] = [];

  /** The function that parses a page, in either thread: see `parseTokenPage`. Modules and threads start while the page is on its way. */
  async load(): Promise<(bytes: Buffer) => Promise<Parsed>> {
    if (this.#started()) return (bytes) => this.#parse(bytes);
    const { parseTokenPage } = await import("./token-page.ts");
    return async (bytes) => parseTokenPage(bytes);
  }

  async #parse(bytes: Buffer): Promise<Parsed> {
    const thread = this.#started();
    if (!thread) return (await import("./token-page.ts")).parseTokenPage(bytes);
    thread.postMessage(bytes);
    thread.ref();
    return await new Promise((resolve, reject) => this.#waiting.push({ bytes, resolve, reject }));
  }

  /** Absent if there is no second thread: in the plugin's bundle, without the permission for it, or without resources. */
  #started(): Worker | undefined {
    try {
      if (this.usesThread && PROGRAM) this.#thread ??= this.#start(PROGRAM);
    } catch {
      this.usesThread = false;
    }
    return this.usesThread ? this.#thread : undefined;
  }

  #start(program: URL): Worker {
    const thread = new Worker(program, { execArgv: [], resourceLimits: LIMITS });
    thread.on("message", (page: Parsed) => {
      this.#waiting.shift()?.resolve(page);
      if (this.#waiting.length === 0) thread.unref();
    });
    thread.on("error", (error) => {
      thread.removeAllListeners("message"); // A late page would count as the next one.
      this.#thread = undefined;
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ERR_WORKER_OUT_OF_MEMORY") this.usesThread = false;
      else this.#waiting.shift()?.reject(error); // Node.js has delivered all earlier pages.
      for (const { bytes, resolve, reject } of this.#waiting.splice(0)) this.#parse(bytes).then(resolve, reject);
    });
    thread.unref(); // Last, because a listener for messages refs the thread again.
    return thread;
  }
}

/** The parser of this process. */
export const pageParser = new PageParser();
