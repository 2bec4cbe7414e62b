import type { Interception } from "../jenkins/interception.ts";
import type { Reply } from "../jenkins/reply.ts";
import type { LoggedRequest } from "../jenkins/server.ts";
import { changes } from "./changes.ts";
import { type Fault, faults, type Scene } from "./faults.ts";
import { Past } from "./past.ts";
import { wireFaults } from "./wire.ts";
import type { World } from "./world.ts";

/** One fault of a plan: which, and where. */
export interface Planned {
  fault: string;
  /** The number of the request of the whole run, from 1 on; of the operation, for what happens between two. */
  place: number;
  /** Whether it meets this request alone, or all that follow in the same operation too. */
  span: "once" | "operation";
  parameter: number;
}

/** A request as it was met, for the trace and for the plans. */
export interface Met {
  operation: string;
  request: LoggedRequest;
  fault: string | undefined;
}

/** Puts the planned faults in the way of the provider's requests, and writes down what came. */
export class Injector {
  readonly met: Met[] = [];
  readonly #world: World;
  readonly #planned: Planned[];
  readonly #interrupt: () => void;
  #operation = "";
  #operations = 0;
  #requestsOnWire = 0;
  #isHealing = false;
  readonly #past: Past;
  #lasting: Planned | undefined;
  #inCharge: ((request: LoggedRequest) => Interception | undefined) | undefined;

  /** @param interrupt what whoever runs Pulumi does with Ctrl+C. */
  constructor(world: World, planned: Planned[], interrupt: () => void = () => undefined) {
    this.#world = world;
    this.#past = new Past(world);
    this.#planned = [...planned];
    this.#interrupt = interrupt;
    const { jenkins, proxy } = world.servers;
    jenkins.intercept = (request) => this.#intercept(request);
    proxy.meet = () => this.#meetOnWire();
  }

  begin(operation: string): void {
    this.#operation = operation;
    this.#operations++;
    this.#lasting = undefined;
    this.#past.beginOperation();
    const due = this.#planned.filter(({ fault, place }) => fault in changes && place === this.#operations);
    for (const { fault } of due) changes[fault]?.(this.#world);
  }

  /** From now on there are no faults. */
  heal(): void {
    this.#isHealing = true;
    this.#inCharge = undefined;
  }

  #intercept(request: LoggedRequest): Interception | undefined {
    const taken = this.#inCharge?.(request);
    if (request.headers["user-agent"] !== "pulumi-jenkins") return taken;
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

  /** With the version that this Jenkins has: a Jenkins of two versions is none. */
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
      interrupt: this.#interrupt,
      past: this.#past,
      isOver: () => this.#isHealing || this.#operations !== operation,
    };
  }

  /** The first planned fault whose place has come, and that this request can meet. */
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

  /** Lets Jenkins answer, and notes the secrets in the reply. */
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

/** What has Jenkins answer, and passes that back. */
type PassingBack = Extract<Interception, { kind: "alter" | "forward" | "twice" }>;

function passesBack(interception: Interception): interception is PassingBack {
  return ["alter", "forward", "twice"].includes(interception.kind);
}

/** A cut only where there is something to cut, and what is of reading or of writing only there. */
function canMeet(request: LoggedRequest, fault: string): boolean {
  if (!(fault in faults)) return false;
  const { isCut, isOfReading, isOfWriting } = faults[fault] ?? ({} as Fault);
  if (isOfReading) return request.method === "GET" && !request.path.includes("uncached="); // Which no cache knows.
  if (isOfWriting) return request.method === "POST";
  return !(isCut && request.path.endsWith("/revoke"));
}

/** A request as it may be shown: no header, no value of a token, no query. */
export function shown({ operation, request, fault }: Met, number: number): string {
  const { method, path, form, status } = request;
  const field = ["newTokenName", "newName", "tokenUuid"].filter((name) => form[name]).map((name) => form[name]);
  const endpoint = path.replace(/\?.*/s, "").replace("/descriptorByName/jenkins.security.ApiTokenProperty", "…");
  const what = [method, endpoint, ...field].join(" ");
  return `${number}. [${operation}] ${what}: ${status ?? "no answer"}${fault ? ` (${fault})` : ""}`;
}
