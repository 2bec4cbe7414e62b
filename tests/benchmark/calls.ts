/** Tokens that the provider creates, renames and revokes per second in Pulumi's host, compared with a bare loop of the same requests. */
import { Agent } from "undici";
import { PROVIDER, type Properties } from "../support/host.ts";
import { type Account, type Method, post } from "./bare-provider.ts";
import { PREFIX, type Server } from "./jenkins.ts";
import { type Bound, type Line, ratio, shown } from "./lines.ts";
import { BARE, CALLS_AT_ONCE, declared, forAll, type Made, ResourceHost, timed } from "./resource-hosts.ts";

const VERBS = ["create", "update", "delete"] as const;
type Verb = (typeof VERBS)[number];

const AT_LEAST: Partial<Record<Verb, Bound>> = { create: { atLeast: 0.8 } };

export interface CallLoad {
  users: number;
  tokensPerUser: number;
  repetitions: number;
}

/** In the order of measurement: the bare requests, the bare requests in Pulumi's host, and our provider in Pulumi's host. */
const SUBJECTS = ["loop", "bare", "ours"] as const;
type Subject = (typeof SUBJECTS)[number];

/** Measures all users at once. A loop has one request in flight for each user. A host has {@link CALLS_AT_ONCE} calls in flight in total. */
export async function callLines({ controllers: [controller] }: Server, load: CallLoad): Promise<Line[]> {
  if (!controller) throw new Error("there is no Jenkins");
  const { users, tokensPerUser, repetitions } = load;
  const logins = controller.logins.slice(0, users);
  const hosts = { bare: await ResourceHost.start(), ours: await ResourceHost.start() };
  const hosted = (host: ResourceHost, provider: string) =>
    logins.map((login) => new HostLane(host, declared(tokensPerUser, controller, [login], provider)));
  const lanes = {
    loop: logins.map((login) => new LoopLane({ ...login, url: controller.url }, tokensPerUser)),
    bare: hosted(hosts.bare, BARE),
    ours: hosted(hosts.ours, PROVIDER),
  };
  const all = <Lane>(of: Lane[], turn: (lane: Lane) => Promise<unknown>) => Promise.all(of.map(turn));
  const perSecond = async (run: () => Promise<unknown>) => (1000 * users * tokensPerUser) / (await timed(run));
  const measured = Object.fromEntries(
    VERBS.map((verb) => [verb, { loop: [] as number[], bare: [] as number[], ours: [] as number[] }]),
  ) as Record<Verb, Record<Subject, number[]>>;
  const reads: number[] = [];
  // The first repetition is not counted, because it also loads and compiles. processes.ts measures that.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    await all(lanes.bare, (lane) => lane.declare());
    await all(lanes.ours, (lane) => lane.declare());
    for (const verb of VERBS) {
      for (const subject of SUBJECTS) {
        const of: Lane[] = lanes[subject];
        const rate = await perSecond(() => all(of, (lane) => lane.run(verb, CALLS_AT_ONCE / users)));
        if (repetition > 0) measured[verb][subject].push(rate);
      }
      if (verb === "update") reads.push(await perSecond(() => all(lanes.ours, (lane) => lane.read())));
    }
  }
  await all(lanes.loop, (lane) => lane.end());
  await Promise.all([hosts.bare.end(), hosts.ours.end()]);
  return compared(`calls, ${users === 1 ? "one user" : `${users} users at once`}`, measured, reads.slice(1));
}

function compared(part: string, measured: Record<Verb, Record<Subject, number[]>>, reads: number[]): Line[] {
  const verbs = VERBS.flatMap((verb) => {
    const { loop, bare, ours } = measured[verb];
    const undici = { what: "undici loop", values: loop };
    return [
      ratio({ part, what: verb, unit: "/s", bound: AT_LEAST[verb] }, ours, undici),
      ratio({ part, what: `${verb}, by a provider of bare requests`, unit: "/s" }, bare, undici),
    ];
  });
  return [...verbs, shown({ part, what: "read", unit: "/s" }, ...reads)];
}

/** The tokens of one user. */
interface Lane {
  /** @param atOnce the maximum number of calls in flight. */
  run(verb: Verb, atOnce: number): Promise<void>;
}

/** Tokens of one user, created through Pulumi's host. */
class HostLane implements Lane {
  readonly #host: ResourceHost;
  readonly #declared: Properties[];
  #tokens: Made[] = [];

  constructor(host: ResourceHost, declared: Properties[]) {
    this.#host = host;
    this.#declared = declared;
  }

  async declare(): Promise<void> {
    const checked = await forAll(this.#declared, (one) => this.#host.check({}, one));
    this.#tokens = checked.map(({ inputs }) => ({ id: "", inputs, outs: {} }));
  }

  async run(verb: Verb, atOnce: number): Promise<void> {
    const host = this.#host;
    const one = async (token: Made) => {
      const { id, inputs, outs } = token;
      if (verb === "create") Object.assign(token, await host.create(inputs));
      if (verb === "update") await host.update(id, outs, { ...inputs, tokenName: `${outs["tokenName"]} renamed` });
      if (verb === "delete") await host.delete(id, outs);
    };
    await forAll(this.#tokens, one, atOnce);
  }

  async read(): Promise<void> {
    await forAll(this.#tokens, ({ id, outs }) => this.#host.read(id, outs));
  }
}

/** Tokens of one user, created by undici alone, one after the other on one connection. */
class LoopLane implements Lane {
  readonly #account: Account;
  readonly #count: number;
  readonly #agent = new Agent({ connections: 1 });
  #uuids: string[] = [];

  constructor(account: Account, count: number) {
    this.#account = account;
    this.#count = count;
  }

  async run(verb: Verb): Promise<void> {
    const send = (...request: [Method, Record<string, string>]) => post(this.#agent, this.#account, ...request);
    if (verb === "create") {
      this.#uuids = [];
      for (let index = 0; index < this.#count; index++) {
        const body = await send("generateNewToken", { newTokenName: `${PREFIX} loop ${index}` });
        this.#uuids.push(JSON.parse(body).data.tokenUuid);
      }
    }
    for (const tokenUuid of this.#uuids) {
      if (verb === "update") await send("rename", { tokenUuid, newName: `${PREFIX} ${tokenUuid}` });
      if (verb === "delete") await send("revoke", { tokenUuid });
    }
  }

  async end(): Promise<void> {
    await this.#agent.close();
  }
}
