/** How many tokens a second the provider makes, renames and revokes through Pulumi's host, beside a bare loop of the same requests. */
import { Agent } from "undici";
import { type Controller, type Login, PREFIX, type Server } from "./jenkins.ts";
import { type Bound, type Line, ratio, shown } from "./lines.ts";
import { CALLS_AT_ONCE, declared, forAll, type Made, ResourceHost, timed } from "./resource-hosts.ts";

const VERBS = ["create", "update", "delete"] as const;
type Verb = (typeof VERBS)[number];

const AT_LEAST: Partial<Record<Verb, Bound>> = { create: { atLeast: 0.8 } };

export interface CallLoad {
  users: number;
  tokensPerUser: number;
  repetitions: number;
}

/** Of each user as many tokens, all users at once. A loop has one request of each under way, the host {@link CALLS_AT_ONCE} in all. */
export async function callLines({ controllers: [controller] }: Server, load: CallLoad): Promise<Line[]> {
  if (!controller) throw new Error("there is no Jenkins");
  const { users, tokensPerUser, repetitions } = load;
  const lanes = controller.logins.slice(0, users).map((login) => new Lane(controller, login));
  const all = (turn: (lane: Lane) => Promise<unknown>) => Promise.all(lanes.map(turn));
  const perSecond = async (turn: (lane: Lane) => Promise<unknown>) =>
    (1000 * users * tokensPerUser) / (await timed(() => all(turn)));
  const measured = Object.fromEntries(VERBS.map((verb) => [verb, { host: [], loop: [] }])) as unknown as Record<
    Verb,
    { host: number[]; loop: number[] }
  >;
  const reads: number[] = [];
  const host = await ResourceHost.start();
  // The first time is not counted: it loads and compiles, which is measured elsewhere.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    await all((lane) => lane.declare(host, tokensPerUser));
    for (const verb of VERBS) {
      const loop = await perSecond((lane) => lane.loop(verb, tokensPerUser));
      const hosted = await perSecond((lane) => lane.call(host, verb, CALLS_AT_ONCE / users));
      if (repetition > 0) measured[verb].loop.push(loop);
      if (repetition > 0) measured[verb].host.push(hosted);
      if (verb === "update") reads.push(await perSecond((lane) => lane.read(host)));
    }
  }
  await all((lane) => lane.end());
  await host.end();
  const part = `calls, ${users === 1 ? "one user" : `${users} users at once`}`;
  const verbs = VERBS.map((verb) => {
    const compared = { what: "undici loop", values: measured[verb].loop };
    return ratio({ part, what: verb, unit: "/s", bound: AT_LEAST[verb] }, measured[verb].host, compared);
  });
  return [...verbs, shown({ part, what: "read", unit: "/s" }, ...reads.slice(1))];
}

/** The tokens of one user: some made through the host, and as many by nothing but undici, on one connection. */
class Lane {
  readonly #controller: Controller;
  readonly #login: Login;
  readonly #agent = new Agent({ connections: 1 });
  #tokens: Made[] = [];
  #uuids: string[] = [];

  constructor(controller: Controller, login: Login) {
    this.#controller = controller;
    this.#login = login;
  }

  async declare(host: ResourceHost, count: number): Promise<void> {
    const checked = await forAll(declared(count, this.#controller, [this.#login]), (one) => host.check({}, one));
    this.#tokens = checked.map(({ inputs }) => ({ id: "", inputs, outs: {} }));
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
    if (verb === "create") {
      this.#uuids = [];
      for (let index = 0; index < count; index++) {
        const body = await this.#post("generateNewToken", { newTokenName: `${PREFIX} loop ${index}` });
        this.#uuids.push(JSON.parse(body).data.tokenUuid);
      }
    }
    for (const tokenUuid of this.#uuids) {
      if (verb === "update") await this.#post("rename", { tokenUuid, newName: `${PREFIX} ${tokenUuid}` });
      if (verb === "delete") await this.#post("revoke", { tokenUuid });
    }
  }

  async end(): Promise<void> {
    await this.#agent.close();
  }

  async #post(method: string, form: Record<string, string>): Promise<string> {
    const { username, apiToken } = this.#login;
    const { origin, pathname } = new URL(this.#controller.url);
    const headers = {
      authorization: `Basic ${Buffer.from(`${username}:${apiToken}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    };
    const path = `${pathname.replace(/\/$/, "")}/user/${username}/descriptorByName/jenkins.security.ApiTokenProperty/${method}`;
    const body = new URLSearchParams(form).toString();
    const reply = await this.#agent.request({ origin, path, method: "POST", headers, body });
    const text = await reply.body.text();
    if (reply.statusCode !== 200) throw new Error(`${method} was answered ${reply.statusCode}`);
    return text;
  }
}
