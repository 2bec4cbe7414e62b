import type { Reply } from "./reply.ts";
import type { LoggedRequest } from "./request.ts";
import { elapsed } from "./user.ts";

/** A test's intervention in a request. */
export type Interception =
  /** Return this reply. Jenkins does not receive the request. */
  | { kind: "reply"; status: number; headers?: Record<string, string>; body?: string }
  /** Reset the connection before the effect or after it. */
  | { kind: "drop"; when: "before" | "after" }
  /** Evaluate the request, announce the whole body, send only `after` bytes of it, and reset. */
  | { kind: "cut"; after: number }
  /** Delay effect and reply, or only the reply. The effect happens even if the client has disconnected. */
  | { kind: "delay"; ms: number; when: "before" | "after" }
  /** Evaluate the request, then return this reply. */
  | { kind: "replace"; status: number; headers?: Record<string, string>; body?: string }
  /** Evaluate the request, then return the changed reply. */
  | { kind: "alter"; alter: (reply: Reply) => Reply }
  /** Return this reply at once, as a proxy after a timeout, or reset. The request is still carried out `ms` later. */
  | { kind: "abandon"; ms: number; answer: Answer | "reset" }
  /** Evaluate the request after a proxy or a cache has changed it. */
  | { kind: "forward"; as: Partial<LoggedRequest>; alter?: (reply: Reply) => Reply }
  /** Evaluate the request twice, one after the other or both at once, and return one of the two replies. */
  | { kind: "twice"; passed: 0 | 1; atOnce?: true; alter?: (reply: Reply) => Reply }
  /** Do something else first. */
  | { kind: "wait"; until: Promise<unknown> };

type Answer = Omit<Reply, "headers"> & Partial<Reply>;

/** The bytes on the wire: a whole reply, only its first bytes, or a reset. */
export type Outcome = { reply: Reply; bytes?: number } | "reset";

export async function outcome(
  request: LoggedRequest,
  interception: Interception | undefined,
  evaluate: (request: LoggedRequest) => Promise<Reply>,
): Promise<Outcome> {
  switch (interception?.kind) {
    case undefined:
      return { reply: await evaluate(request) };
    case "reply":
      return { reply: { headers: {}, body: "", ...interception } };
    case "replace":
      await evaluate(request);
      return { reply: { headers: {}, body: "", ...interception } };
    case "drop":
      if (interception.when === "after") await evaluate(request);
      return "reset";
    case "cut":
      return { reply: await evaluate(request), bytes: interception.after };
    case "delay": {
      if (interception.when === "before") await elapsed(interception.ms);
      const reply = await evaluate(request);
      if (interception.when === "after") await elapsed(interception.ms);
      return { reply };
    }
    case "alter":
      return { reply: interception.alter(await evaluate(request)) };
    case "abandon":
      void elapsed(interception.ms).then(() => evaluate(request));
      return interception.answer === "reset" ? "reset" : { reply: { headers: {}, ...interception.answer } };
    case "forward":
      return { reply: altered(await evaluate({ ...request, ...interception.as }), interception.alter) };
    case "twice":
      return {
        reply: altered((await twice(request, interception.atOnce, evaluate))[interception.passed], interception.alter),
      };
    case "wait":
      await interception.until;
      return { reply: await evaluate(request) };
  }
}

function altered(reply: Reply, alter = (unchanged: Reply) => unchanged): Reply {
  return alter(reply);
}

async function twice(
  request: LoggedRequest,
  atOnce: true | undefined,
  evaluate: (request: LoggedRequest) => Promise<Reply>,
): Promise<[Reply, Reply]> {
  if (atOnce) return await Promise.all([evaluate(request), evaluate({ ...request })]);
  return [await evaluate(request), await evaluate({ ...request })];
}
