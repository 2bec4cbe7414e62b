import { setTimeout as sleep } from "node:timers/promises";
import type { Interception, Jenkins, LoggedRequest } from "../jenkins/server.ts";
import { type FaultName, faults } from "./faults.ts";

type Endpoint = "generateNewToken" | "rename" | "revoke" | "security" | "whoAmI" | "crumbIssuer";

/** One fault of a run, and its place. */
export interface Planned {
  fault: FaultName;
  at: Endpoint;
  /** Whether the fault affects each such request of the run, or only the first one. */
  lasts?: true;
}

/** Applies each planned fault to the requests for one token: the fault at `index` affects the token t`index`. */
export class Injection {
  readonly #jenkins: Jenkins;
  readonly #userId: string;
  readonly #left: Map<string, Planned>;
  readonly #lasting = new Map<string, Planned>();
  readonly #names = new Map<string, string>();
  readonly #late: (() => void)[] = [];
  #held: LoggedRequest[] = [];
  #endRun: () => void = () => undefined;
  #runIsOver: Promise<void> = Promise.resolve();
  #inCharge: ((request: LoggedRequest) => Interception | undefined) | undefined;

  constructor(jenkins: Jenkins, userId: string, planned: Planned[]) {
    this.#jenkins = jenkins;
    this.#userId = userId;
    this.#left = new Map(planned.map((one, index) => [`t${index}`, one]));
    jenkins.intercept = (request) => this.#meet(request);
  }

  /** The faults that have not occurred yet. */
  get left(): Planned[] {
    return [...this.#left.values()];
  }

  beginRun(): void {
    this.#lasting.clear();
    this.#runIsOver = new Promise((resolve) => {
      this.#endRun = resolve;
    });
  }

  /** Carries out the requests that a fault has delayed until after the run. */
  async endRun(): Promise<void> {
    this.#inCharge = undefined;
    this.#endRun();
    while (this.#held.some(({ status }) => status === undefined)) await sleep(10);
    this.#held = [];
    for (const carryOut of this.#late.splice(0)) carryOut();
  }

  /** Ends all faults. */
  heal(): void {
    this.#jenkins.intercept = undefined;
  }

  #meet(request: LoggedRequest): Interception | undefined {
    const taken = this.#inCharge?.(request);
    if (taken) return taken;
    const token = this.#tokenOf(request);
    for (const [name, planned] of [...this.#left, ...this.#lasting]) {
      if (!request.path.split(/[/?]/).includes(planned.at) || (token && token !== name)) continue;
      this.#left.delete(name);
      if (planned.lasts) this.#lasting.set(name, planned);
      return this.#put(planned, request);
    }
    return undefined;
  }

  #put({ fault }: Planned, request: LoggedRequest): Interception {
    if (fault === "silence, carried out after the run") this.#held.push(request);
    return faults[fault](request, {
      jenkins: this.#jenkins,
      runIsOver: this.#runIsOver,
      carryOutLater: () => this.#late.push(() => this.#carryOut(request)),
      takeOver: (meet) => {
        this.#inCharge = meet;
      },
    });
  }

  /** The resource of a change, by the token's name, which begins with the resource's name or with its path. */
  #tokenOf({ form }: LoggedRequest): string | undefined {
    for (const { tokenUuid, tokenName } of this.#jenkins.tokens(this.#userId)) this.#names.set(tokenUuid, tokenName);
    const name = form["newTokenName"] ?? form["newName"] ?? this.#names.get(form["tokenUuid"] ?? "");
    return /\bt\d+\b/.exec(name ?? "")?.[0];
  }

  #carryOut({ path, form }: LoggedRequest): void {
    const { tokenUuid = "", newTokenName = "" } = form;
    if (path.endsWith("/generateNewToken")) this.#jenkins.generate(this.#userId, newTokenName);
    const isThere = this.#jenkins.tokens(this.#userId).some((token) => token.tokenUuid === tokenUuid);
    if (path.endsWith("/revoke") && isThere) this.#jenkins.revoke(this.#userId, tokenUuid);
  }
}
