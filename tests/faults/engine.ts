import type { Context } from "../../provider/access.ts";
import type * as Lifecycle from "../../provider/lifecycle.ts";

type Properties = Record<string, unknown>;

/** What a program declares: inputs by the resource's name. */
export type Program = Record<string, Properties>;

/** A resource in the state. */
export interface Entry {
  readonly name: string;
  id: string;
  inputs: Properties;
  outs: Properties;
  /** What went wrong when it was made: the next `up` calls update, even if nothing has changed. */
  isUnfinished: boolean;
  /** Whether it was made by a create that failed. */
  readonly beganUnfinished: boolean;
  /** Replaced, and to be deleted at the end of a deployment that succeeds. */
  isDoomed: boolean;
  /** Its deletion was begun: whether it is still there can't be told from the state. */
  isDeleting: boolean;
}

export interface Failure {
  operation: string;
  name: string;
  error: unknown;
}

/** The text by which the host finds the provider. It is among the inputs, and has to come back in every state. */
const PROVIDER = { __provider: 'exports.handler=()=>require("pulumi-jenkins/provider")' };

/** Pulumi's engine and its dynamic host, as far as a provider can tell: each operation is a process of its own. */
export class Engine {
  state: Entry[] = [];
  readonly #provider: typeof Lifecycle;
  readonly #context: () => Context;
  readonly #isHooked: boolean;

  /** @param isHooked whether a hook of the program has a create that left a record called again, and drops that. */
  constructor(provider: typeof Lifecycle, context: () => Context, isHooked = false) {
    this.#provider = provider;
    this.#context = context;
    this.#isHooked = isHooked;
  }

  /** Steps of different resources run at once; what is to be deleted is, if all of them have succeeded. */
  async up(program: Program): Promise<Failure[]> {
    this.#provider.forgetProcess();
    const failures: Failure[] = [];
    const steps: Promise<void>[] = [];
    for (const [name, declared] of Object.entries(program)) {
      const step = this.#plan(name, plain({ ...declared, ...PROVIDER }), failures);
      if (step) steps.push(step());
    }
    await Promise.all(steps);
    if (failures.length > 0) return failures;
    return await this.#delete(this.state.filter(({ name, isDoomed }) => isDoomed || !(name in program)));
  }

  /** Removes from the state what is certainly gone, and takes over what has changed outside. */
  async refresh(): Promise<Failure[]> {
    this.#provider.forgetProcess();
    const failures: Failure[] = [];
    const reading = this.state
      .filter(({ isDoomed }) => !isDoomed)
      .map((entry) =>
        tried("read", entry.name, failures, async () => {
          const { id, props } = await this.#provider.read(entry.id, plain(entry.outs), this.#context());
          if (id === "") this.#drop(entry);
          else Object.assign(entry, { id, outs: plain(props), isUnfinished: false });
        }),
      );
    await Promise.all(reading);
    return failures;
  }

  async destroy(): Promise<Failure[]> {
    this.#provider.forgetProcess();
    return await this.#delete([...this.state]);
  }

  /** What becomes of a resource, decided before any step runs; nothing where it stays as it is. */
  #plan(name: string, declared: Properties, failures: Failure[]): (() => Promise<void>) | undefined {
    const entry = this.state.find((other) => other.name === name && !other.isDoomed);
    try {
      const inputs = this.#check(entry?.inputs ?? {}, declared);
      if (!entry) return () => this.#create(name, inputs, failures);
      const { changes, replaces } = this.#provider.diff(entry.id, plain(entry.outs), inputs, this.#context());
      if (replaces.length > 0) {
        const fresh = this.#check({}, declared);
        return () => this.#create(name, fresh, failures, entry);
      }
      if (changes || entry.isUnfinished) return () => this.#update(entry, inputs, failures);
      entry.inputs = inputs;
      return undefined;
    } catch (error) {
      failures.push({ operation: "check and diff", name, error });
      return undefined;
    }
  }

  #check(olds: Properties, news: Properties): Properties {
    const { inputs, failures } = this.#provider.check(plain(olds), plain(news), this.#context());
    if (failures.length > 0) throw new CheckFailed(failures.map(({ reason }) => reason).join("; "));
    return plain(inputs);
  }

  async #create(name: string, inputs: Properties, failures: Failure[], replaced?: Entry): Promise<void> {
    const add = (id: string, outs: Properties, isUnfinished: boolean) => {
      if (replaced) replaced.isDoomed = true;
      const made = { ...plain(outs), ...(!isUnfinished && PROVIDER) };
      this.state.push({
        name,
        id,
        inputs,
        outs: made,
        isUnfinished,
        beganUnfinished: isUnfinished,
        isDoomed: false,
        isDeleting: false,
      });
    };
    const create = () => this.#provider.create(plain(inputs), this.#context());
    const createAgain = (error: { id?: string }) => {
      if (this.#isHooked && error.id) return create();
      throw error;
    };
    try {
      const { id, outs } = await create().catch(createAgain);
      add(id, outs, false);
    } catch (error) {
      failures.push({ operation: "create", name, error });
      const { id, properties } = error as { id?: string; properties?: Properties };
      if (id) add(id, properties ?? {}, true);
    }
  }

  async #update(entry: Entry, inputs: Properties, failures: Failure[]): Promise<void> {
    await tried("update", entry.name, failures, async () => {
      const { outs } = await this.#provider.update(entry.id, plain(entry.outs), plain(inputs), this.#context());
      Object.assign(entry, { inputs, outs: { ...plain(outs), ...PROVIDER }, isUnfinished: false });
    });
  }

  async #delete(entries: Entry[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    const deleting = entries.map((entry) =>
      tried("delete", entry.name, failures, async () => {
        entry.isDeleting = true;
        await this.#provider.remove(entry.id, plain(entry.outs), this.#context());
        this.#drop(entry);
      }),
    );
    await Promise.all(deleting);
    return failures;
  }

  #drop(entry: Entry): void {
    this.state.splice(this.state.indexOf(entry), 1);
  }
}

/** Inputs that did not pass check. Not an error of the provider. */
export class CheckFailed extends Error {}

async function tried(operation: string, name: string, failures: Failure[], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    failures.push({ operation, name, error });
  }
}

/** As it crosses to the host and back. */
function plain(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}
