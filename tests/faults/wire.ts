import type { WireFault } from "./proxy.ts";

/** All faults of the bytes of a request and its reply, by name. */
export const wireFaults: Record<string, (parameter: number) => WireFault> = {
  "wire: reset before a byte was passed on": () => ({ kind: "reset" }),
  "wire: request cut": (parameter) => ({ kind: "cut request", missing: 1 + parameter }),
  "wire: reply cut": (parameter) => ({ kind: "cut reply", after: parameter, end: "reset" }),
  "wire: reply cut, closed properly": (parameter) => ({ kind: "cut reply", after: parameter, end: "close" }),
  "wire: nothing listens afterwards": (parameter) => ({ kind: "down after", ms: 5 + parameter }),
};
