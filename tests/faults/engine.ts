import { type Face, type Known, type Properties, plain } from "./faces.ts";

/** What a program declares: inputs by the resource's name. */
export type Program = Record<string, Properties>;

/** A resource in the state. */
export interface Entry extends Known {
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

/** With which the names of the resources begin that belong to the second of two providers. */
export const SECOND = "second ";

/** Pulumi's engine, as far as a provider can tell: each operation is a process of its own. */
export class Engine {
  state: Entry[] = [];
  readonly #faces: Face[];
  readonly #isHooked: boolean;
  #isInterrupted = false;

  /** @param isHooked whether a hook of the program has a create or update that left a record called again, and drops that. */
  constructor(faces: Face[], isHooked = false) {
    this.#faces = faces;
    this.#isHooked = isHooked;
  }

  /** Steps of different resources run at once; what is to be deleted is, if all of them have succeeded. */
  async up(program: Program): Promise<Failure[]> {
    await this.#begin();
    const failures: Failure[] = [];
    const planned = Object.entries(program).map(([name, declared]) => this.#plan(name, declared, failures));
    const steps = await Promise.all(planned);
    await Promise.all(steps.map((step) => step?.()));
    if (failures.length > 0 || this.#isInterrupted) return this.#ended("up", failures);
    return await this.#delete(this.state.filter(({ name, isDoomed }) => isDoomed || !(name in program)));
  }

  /** Removes from the state what is certainly gone, and takes over what has changed outside. */
  async refresh(): Promise<Failure[]> {
    await this.#begin();
    const failures: Failure[] = [];
    const reading = this.state
      .filter(({ isDoomed }) => !isDoomed)
      .map((entry) =>
        tried("read", entry.name, failures, async () => {
          const read = await this.#faceOf(entry.name).read(entry);
          if (read.id === "") this.#drop(entry);
          else Object.assign(entry, read, { isUnfinished: false });
        }),
      );
    await Promise.all(reading);
    return this.#ended("refresh", failures);
  }

  async destroy(): Promise<Failure[]> {
    await this.#begin();
    return await this.#delete([...this.state]);
  }

  /** Has what is under way ended, and begins nothing more. Only a hook has a failed step called again all the same. */
  async interrupt(): Promise<void> {
    this.#isInterrupted = true;
    await Promise.all(this.#faces.map((face) => face.cancel()));
  }

  async #begin(): Promise<void> {
    this.#isInterrupted = false;
    await Promise.all(this.#faces.map((face) => face.beginProcess()));
  }

  #ended(operation: string, failures: Failure[]): Failure[] {
    if (this.#isInterrupted) failures.push({ operation, name: "the stack", error: new Interrupted() });
    return failures;
  }

  #faceOf(name: string): Face {
    return this.#faces[name.startsWith(SECOND) ? 1 : 0] as Face;
  }

  /** What becomes of a resource, decided before any step runs; nothing where it stays as it is. */
  async #plan(name: string, declared: Properties, failures: Failure[]): Promise<(() => Promise<void>) | undefined> {
    const entry = this.state.find((other) => other.name === name && !other.isDoomed);
    try {
      const inputs = await this.#check(name, entry?.inputs ?? {}, declared);
      if (!entry) return () => this.#create(name, inputs, failures);
      const { changes, replaces } = await this.#faceOf(name).diff(entry, inputs);
      if (replaces.length > 0) {
        const fresh = await this.#check(name, {}, declared);
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

  async #check(name: string, olds: Properties, news: Properties): Promise<Properties> {
    const { inputs, failures } = await this.#faceOf(name).check(name, olds, news);
    if (failures.length > 0) throw new CheckFailed(failures.join("; "));
    return inputs;
  }

  async #create(name: string, inputs: Properties, failures: Failure[], replaced?: Entry): Promise<void> {
    const add = (id: string, outs: Properties, isUnfinished: boolean) => {
      if (replaced) replaced.isDoomed = true;
      this.state.push({
        name,
        id,
        inputs,
        outs,
        isUnfinished,
        beganUnfinished: isUnfinished,
        isDoomed: false,
        isDeleting: false,
      });
    };
    try {
      const { id, outs } = await this.#again(() => this.#faceOf(name).create(name, inputs));
      add(id, outs, false);
    } catch (error) {
      failures.push({ operation: "create", name, error });
      const kept = recordIn(error);
      if (kept) add(kept.id, kept.outs, true);
    }
  }

  /** Called once more by a hook, if there is one, which drops what the first call has left. */
  async #again<T>(step: () => Promise<T>): Promise<T> {
    return await step().catch((error) => {
      if (this.#isHooked && recordIn(error)) return step();
      throw error;
    });
  }

  async #update(entry: Entry, inputs: Properties, failures: Failure[]): Promise<void> {
    await tried("update", entry.name, failures, async () => {
      const update = () => this.#faceOf(entry.name).update(entry, inputs);
      const outs = await this.#again(update).catch((error) => {
        const kept = recordIn(error);
        if (kept) Object.assign(entry, { inputs, outs: kept.outs, isUnfinished: true });
        throw error;
      });
      Object.assign(entry, { inputs, outs, isUnfinished: false });
    });
  }

  async #delete(entries: Entry[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    const deleting = entries.map((entry) =>
      tried("delete", entry.name, failures, async () => {
        entry.isDeleting = true;
        await this.#faceOf(entry.name).remove(entry);
        this.#drop(entry);
      }),
    );
    await Promise.all(deleting);
    return this.#ended("delete", failures);
  }

  #drop(entry: Entry): void {
    this.state.splice(this.state.indexOf(entry), 1);
  }
}

/** Inputs that did not pass check. Not an error of the provider. */
export class CheckFailed extends Error {}

/** Pulumi ends with it when it was interrupted, whatever has become of the operations. */
export class Interrupted extends Error {}

/** What an error says that the engine is to keep of a resource all the same. */
function recordIn(error: unknown): { id: string; outs: Properties } | undefined {
  const { id, properties = {} } = error as { id?: string; properties?: Properties };
  return id ? { id, outs: plain(properties) } : undefined;
}

async function tried(operation: string, name: string, failures: Failure[], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    failures.push({ operation, name, error });
  }
}
