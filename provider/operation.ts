/**
 * The context of one call of Pulumi, besides its arguments: the signal that cancels it, and where its messages go. All functions that run for the
 * call find this context without a parameter.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { presentable } from "./redaction.ts";

export interface Operation {
  /** Cancels the operation and its request in flight. The reason of the signal is the error to throw. */
  signal?: AbortSignal | undefined;
  /** Shows a message to the user of Pulumi. */
  tell?: ((severity: "info" | "warning", text: string) => void) | undefined;
}

const operations = new AsyncLocalStorage<Operation>();

/** Runs `run` as `operation`. */
export function perform<T>(operation: Operation, run: () => T): T {
  return operations.run(operation, run);
}

/** Runs work that has to be finished, or that other operations share. Cancelling the present operation does not cancel it. */
export function uncancelled<T>(run: () => T, limitMs?: number): T {
  return operations.run({ ...operations.getStore(), signal: limitMs ? AbortSignal.timeout(limitMs) : undefined }, run);
}

/** The signal that cancels the present operation. Absent if the operation cannot be cancelled. */
export function cancelSignal(): AbortSignal | undefined {
  return operations.getStore()?.signal;
}

/** Waits for `ms`, unless the operation is cancelled. */
export async function pause(ms: number): Promise<void> {
  const signal = cancelSignal();
  await sleep(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
}

/** The result of `work`. If this operation is cancelled, only the wait ends: other operations share the work. */
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

/** Work that is done once for all callers. After a failure, or after `forget`, the next caller repeats it. */
export class Once<T> {
  /** The work in progress or done. */
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

  /** Forgets the result of `work`, unless newer work has replaced it. */
  forget(work: Promise<unknown> | undefined = this.present): void {
    if (this.present === work) this.present = undefined;
  }
}

/** Shows one line. A dynamic resource can only use the console, and Pulumi shows every line of it. */
export function tell(severity: "info" | "warning", text: string): void {
  const show = operations.getStore()?.tell;
  const line = presentable(text);
  if (show) show(severity, line);
  // biome-ignore lint/suspicious/noConsole: see above
  else console[severity === "info" ? "log" : "warn"](line);
}
