/** How many tokens a second the provider makes, renames and revokes through Pulumi's host, beside a bare loop of the same requests. */
import { Agent } from "undici";
import { PROVIDER } from "../host.ts";
import { post } from "./bare-provider.ts";
import { type Controller, type Login, PREFIX, type Server } from "./jenkins.ts";
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

/** In the order in which they are measured: nothing but the requests, these in Pulumi's host, and ours. */
const SUBJECTS = ["loop", "bare", "ours"] as const;
type Subject = (typeof SUBJECTS)[number];

/** Of each user as many tokens, all users at once. A loop has one request of each under way, a host {@link CALLS_AT_ONCE} in all. */
export async function callLines({ controllers: [controller] }: Server, load: CallLoad): Promise<Line[]> {
  if (!controller) throw new Error("there is no Jenkins");
  const { users, tokensPerUser, repetitions } = load;
  const lanesOf = (provider: string) =>
    controller.logins.slice(0, users).map((login) => new Lane(controller, login, provider));
  const lanes = { loop: lanesOf(""), bare: lanesOf(BARE), ours: lanesOf(PROVIDER) };
  const hosts = { bare: await ResourceHost.start(), ours: await ResourceHost.start() };
  const all = (of: Lane[], turn: (lane: Lane) => Promise<unknown>) => Promise.all(of.map(turn));
  const perSecond = async (subject: Subject, turn: (lane: Lane) => Promise<unknown>) =>
    (1000 * users * tokensPerUser) / (await timed(() => all(lanes[subject], turn)));
  const measured = Object.fromEntries(
    VERBS.map((verb) => [verb, { loop: [] as number[], bare: [] as number[], ours: [] as number[] }]),
  ) as Record<Verb, Record<Subject, number[]>>;
  const reads: number[] = [];
  // The first time is not counted: it loads and compiles, which is measured elsewhere.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    await all(lanes.bare, (lane) => lane.declare(hosts.bare, tokensPerUser));
    await all(lanes.ours, (lane) => lane.declare(hosts.ours, tokensPerUser));
    for (const verb of VERBS) {
      for (const subject of SUBJECTS) {
        const turn = (lane: Lane) =>
          subject === "loop" ? lane.loop(verb, tokensPerUser) : lane.call(hosts[subject], verb, CALLS_AT_ONCE / users);
        const rate = await perSecond(subject, turn);
        if (repetition > 0) measured[verb][subject].push(rate);
      }
      if (verb === "update") reads.push(await perSecond("ours", (lane) => lane.read(hosts.ours)));
    }
  }
  await all(lanes.loop, (lane) => lane.end());
  await Promise.all([hosts.bare.end(), hosts.ours.end()]);
  const part = `calls, ${users === 1 ? "one user" : `${users} users at once`}`;
  const verbs = VERBS.flatMap((verb) => {
    const { loop, bare, ours } = measured[verb];
    const compared = { what: "undici loop", values: loop };
    return [
      ratio({ part, what: verb, unit: "/s", bound: AT_LEAST[verb] }, ours, compared),
      ratio({ part, what: `${verb}, by a provider of bare requests`, unit: "/s" }, bare, compared),
    ];
  });
  return [...verbs, shown({ part, what: "read", unit: "/s" }, ...reads.slice(1))];
}

/** The tokens of one user: some made through the host, and as many by nothing but undici, on one connection. */
class Lane {
  readonly #controller: Controller;
  readonly #login: Login;
  readonly #provider: string;
  readonly #agent = new Agent({ connections: 1 });
  #tokens: Made[] = [];
  #uuids: string[] = [];

  constructor(controller: Controller, login: Login, provider: string) {
    this.#controller = controller;
    this.#login = login;
    this.#provider = provider;
  }

  async declare(host: ResourceHost, count: number): Promise<void> {
    const news = declared(count, this.#controller, [this.#login], this.#provider);
    this.#tokens = await forAll(news, async (one) => ({
      id: "",
      inputs: (await host.check({}, one)).inputs,
      outs: {},
    }));
  }

  async call(host: ResourceHost, verb: Verb, atOnce: number): Promise<void> {
    const one = async (token: Made) => {
      const { id, inputs, outs } = token;
      if (verb === "create") Object.assign(token, await host.create(inputs));
      if (verb === "update") await host.update(id, outs, { ...inputs, tokenName: `${inputs["tokenName"]} renamed` });
      if (verb === "delete") await host.delete(id, outs);
    };
    await forAll(this.#tokens, one, atOnce);
  }

  async read(host: ResourceHost): Promise<void> {
    await forAll(this.#tokens, ({ id, outs }) => host.read(id, outs));
  }

  async loop(verb: Verb, count: number): Promise<void> {
    const account = { ...this.#login, url: this.#controller.url };
    if (verb === "create") {
      this.#uuids = [];
      for (let index = 0; index < count; index++) {
        const body = await post(this.#agent, account, "generateNewToken", { newTokenName: `${PREFIX} loop ${index}` });
        this.#uuids.push(JSON.parse(body).data.tokenUuid);
      }
    }
    for (const tokenUuid of this.#uuids) {
      if (verb === "update")
        await post(this.#agent, account, "rename", { tokenUuid, newName: `${PREFIX} ${tokenUuid}` });
      if (verb === "delete") await post(this.#agent, account, "revoke", { tokenUuid });
    }
  }

  async end(): Promise<void> {
    await this.#agent.close();
  }
}
