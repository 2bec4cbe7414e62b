/**
 * What one call of Pulumi brings along besides its arguments: until when it may go on, and who is told what happens. All that
 * runs for it finds this without being handed it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { presentable } from "./redaction.ts";

export interface Operation {
  /** Ends the operation, down to the request it waits for. Its reason is the error to be thrown. */
  signal?: AbortSignal | undefined;
  /** Shows a message to whoever runs Pulumi. */
  tell?: ((severity: "info" | "warning", text: string) => void) | undefined;
}

const operations = new AsyncLocalStorage<Operation>();
const present = (): Operation => operations.getStore() ?? {};

/** Runs `run` as `operation`. */
export function perform<T>(operation: Operation, run: () => T): T {
  return operations.run(operation, run);
}

/** Runs what has to be finished, or what others share: the end of the present operation doesn't reach it. */
export function uncancelled<T>(run: () => T, limitMs?: number): T {
  return operations.run({ ...present(), signal: limitMs ? AbortSignal.timeout(limitMs) : undefined }, run);
}

/** The signal that ends the present operation; none where nobody may. */
export function cancelSignal(): AbortSignal | undefined {
  return present().signal;
}

/** Nothing for `ms`, unless the operation is ended. */
export async function pause(ms: number): Promise<void> {
  const signal = cancelSignal();
  await sleep(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
}

/** What `work` brings, for as long as this operation goes on: the work itself is shared, and does. */
export async function shared<T>(work: Promise<T>): Promise<T> {
  const signal = cancelSignal();
  if (!signal) return await work;
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const cancel = () => reject(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancel));
  });
}

/** Work that is done once for all callers. It is done again after it has failed, or after `forget`. */
export class Once<T> {
  /** The work that is remembered. */
  present: Promise<T> | undefined;
  readonly #work: () => Promise<T>;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  get(): Promise<T> {
    if (this.present !== undefined) return this.present;
    const begun = uncancelled(this.#work);
    this.present = begun;
    begun.catch(() => this.forget(begun));
    return begun;
  }

  /** Forgets what has come of `work`, unless other work has been done since. */
  forget(work: Promise<unknown> | undefined = this.present): void {
    if (this.present === work) this.present = undefined;
  }
}

/** Shows one line: a dynamic resource has no other way than the console, every line of which Pulumi shows. */
export function tell(severity: "info" | "warning", text: string): void {
  const { tell: show } = present();
  const line = presentable(text);
  if (show) show(severity, line);
  // biome-ignore lint/suspicious/noConsole: see above
  else console[severity === "info" ? "log" : "warn"](line);
}
