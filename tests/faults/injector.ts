import type { Interception } from "../jenkins/interception.ts";
import type { Reply } from "../jenkins/reply.ts";
import type { LoggedRequest } from "../jenkins/server.ts";
import { changes } from "./changes.ts";
import { type Fault, faults, type Scene } from "./faults.ts";
import { Past } from "./past.ts";
import { wireFaults } from "./wire.ts";
import type { World } from "./world.ts";

/** One fault of a plan, and its place. */
export interface Planned {
  fault: string;
  /** The number of the request in the run, from 1 on. For a change between two operations, the number of the operation. */
  place: number;
  /** Whether the fault affects only this request, or also all further requests of the operation. */
  span: "once" | "operation";
  parameter: number;
}

/** A request with its fault, for the trace and for the plans. */
export interface Met {
  operation: string;
  request: LoggedRequest;
  fault: string | undefined;
}

/** How somebody ends a run: by Ctrl+C, or by SIGKILL. */
interface Ends {
  interrupt: () => void;
  kill: () => void;
}
const NOBODY: Ends = { interrupt: () => undefined, kill: () => undefined };

/** Puts the planned faults in the way of the provider's requests, and writes down what came. */
export class Injector {
  readonly met: Met[] = [];
  readonly #world: World;
  readonly #planned: Planned[];
  readonly #ends: Ends;
  #operation = "";
  #operations = 0;
  #requestsOnWire = 0;
  #isHealing = false;
  #isKilled = false;
  readonly #past: Past;
  #lasting: Planned | undefined;
  #inCharge: ((request: LoggedRequest) => Interception | undefined) | undefined;

  constructor(world: World, planned: Planned[], ends: Ends = NOBODY) {
    this.#world = world;
    this.#past = new Past(world);
    this.#planned = [...planned];
    this.#ends = ends;
    const { jenkins, proxy } = world.servers;
    jenkins.intercept = (request) => this.#intercept(request);
    proxy.meet = () => this.#meetOnWire();
  }

  begin(operation: string): void {
    this.#operation = operation;
    this.#operations++;
    this.#lasting = undefined;
    this.#isKilled = false;
    this.#past.beginOperation();
    const due = this.#planned.filter(({ fault, place }) => fault in changes && place === this.#operations);
    for (const { fault } of due) changes[fault]?.(this.#world);
  }

  /** Ends all faults. */
  heal(): void {
    this.#isHealing = true;
    this.#inCharge = undefined;
  }

  #intercept(request: LoggedRequest): Interception | undefined {
    const taken = this.#inCharge?.(request);
    if (request.headers["user-agent"] !== "pulumi-jenkins") return taken;
    if (this.#isKilled) return { kind: "drop", when: "before" };
    const met: Met = { operation: this.#operation, request, fault: undefined };
    this.met.push(met);
    if (this.#isHealing) return this.#watched();
    this.#past.keep();
    const planned = this.#due(this.met.length, request);
    if (!planned) return taken && !passesBack(taken) ? taken : this.#watched(taken);
    met.fault = planned.fault;
    if (planned.span === "operation") this.#lasting = planned;
    const planted = faults[planned.fault]?.meet(this.#scene(request, planned.parameter));
    const interception = planted && this.#ofVersion(planted);
    return interception && passesBack(interception) ? this.#watched(interception) : interception;
  }

  /** Replaces the version in a reply by this Jenkins' version, because all replies have to show the same version. */
  #ofVersion(interception: Interception): Interception {
    if (!("headers" in interception) || !interception.headers?.["X-Jenkins"]) return interception;
    return { ...interception, headers: { ...interception.headers, "X-Jenkins": this.#world.servers.version } };
  }

  #scene(request: LoggedRequest, parameter: number): Scene {
    const operation = this.#operations;
    return {
      world: this.#world,
      request,
      parameter,
      takeOver: (meet) => {
        this.#inCharge = meet;
      },
      interrupt: this.#ends.interrupt,
      kill: () => {
        this.#isKilled = true;
        this.#ends.kill();
      },
      past: this.#past,
      isOver: () => this.#isHealing || this.#operations !== operation,
    };
  }

  /** The first planned fault for this place that can affect this request. */
  #due(number: number, request: LoggedRequest): Planned | undefined {
    const index = this.#planned.findIndex(({ fault, place }) => place <= number && canMeet(request, fault));
    if (index !== -1) return this.#planned.splice(index, 1)[0];
    return this.#lasting && canMeet(request, this.#lasting.fault) ? this.#lasting : undefined;
  }

  #meetOnWire() {
    this.#requestsOnWire++;
    if (this.#isHealing) return undefined;
    const isDue = ({ fault, place }: Planned) => fault in wireFaults && place <= this.#requestsOnWire;
    const index = this.#planned.findIndex(isDue);
    const planned = index === -1 ? undefined : this.#planned.splice(index, 1)[0];
    return planned && wireFaults[planned.fault]?.(planned.parameter);
  }

  /** Passes the request to Jenkins, and records the secrets in the reply. */
  #watched(interception: PassingBack = { kind: "alter", alter: (reply) => reply }): Interception {
    const alter = (reply: Reply) => {
      const { secrets } = this.#world;
      for (const [, secret] of reply.body.matchAll(/"(?:tokenValue|crumb)":"([^"]+)"/g))
        if (secret) secrets.add(secret);
      const session = /^JSESSIONID[^=]*=([^;]+)/.exec(reply.headers["Set-Cookie"] ?? "")?.[1];
      if (session) secrets.add(session);
      return interception.alter ? interception.alter(reply) : reply;
    };
    return { ...interception, alter };
  }
}

/** An interception that passes the request to Jenkins, and returns the reply. */
type PassingBack = Extract<Interception, { kind: "alter" | "forward" | "twice" }>;

function passesBack(interception: Interception): interception is PassingBack {
  return ["alter", "forward", "twice"].includes(interception.kind);
}

/** Whether the fault can affect this request: cuts need a body, and some faults need a read or a change. */
function canMeet(request: LoggedRequest, fault: string): boolean {
  if (!(fault in faults)) return false;
  const { isCut, isOfReading, isOfWriting } = faults[fault] ?? ({} as Fault);
  if (isOfReading) return request.method === "GET" && !request.path.includes("uncached="); // No cache has a reply for this query.
  if (isOfWriting) return request.method === "POST";
  return !(isCut && request.path.endsWith("/revoke"));
}

/** A request in a form that may be shown: without headers, token values and query. */
export function shown({ operation, request, fault }: Met, number: number): string {
  const { method, path, form, status } = request;
  const field = ["newTokenName", "newName", "tokenUuid"].filter((name) => form[name]).map((name) => form[name]);
  const endpoint = path.replace(/\?.*/s, "").replace("/descriptorByName/jenkins.security.ApiTokenProperty", "…");
  const what = [method, endpoint, ...field].join(" ");
  return `${number}. [${operation}] ${what}: ${status ?? "no answer"}${fault ? ` (${fault})` : ""}`;
}
