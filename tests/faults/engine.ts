import { type Face, type Known, type Properties, plain } from "./faces.ts";

/** A program: the inputs of each resource, by name. */
export type Program = Record<string, Properties>;

/** A resource in the state. */
export interface Entry extends Known {
  /** The errors of a failed create. The next `up` then calls update, even without a change. */
  isUnfinished: boolean;
  /** Whether its create failed. */
  readonly beganUnfinished: boolean;
  /** Whether it was replaced, and is deleted at the end of a successful deployment. */
  isDoomed: boolean;
  /** Whether its deletion has begun. The state does not show whether it still exists. */
  isDeleting: boolean;
}

export interface Failure {
  operation: string;
  name: string;
  error: unknown;
}

/** The beginning of the names of the second provider's resources. */
export const SECOND = "second ";

/** Pulumi's engine, as a provider sees it. Each operation is a separate process. */
export class Engine {
  state: Entry[] = [];
  readonly #faces: Face[];
  readonly #isHooked: boolean;
  #isInterrupted = false;
  /** What was recorded when the run was killed. */
  #recorded: Entry[] | undefined;

  /** @param isHooked whether a hook calls a create or update again that left a record, and drops the record. */
  constructor(faces: Face[], isHooked = false) {
    this.#faces = faces;
    this.#isHooked = isHooked;
  }

  /** `pulumi up`. Steps of different resources run at once. If all succeed, the deletions follow. */
  async up(program: Program): Promise<Failure[]> {
    await this.#begin();
    const failures: Failure[] = [];
    const planned = Object.entries(program).map(([name, declared]) => this.#plan(name, declared, failures));
    const steps = await Promise.all(planned);
    await Promise.all(steps.map((step) => step?.()));
    if (failures.length > 0 || this.#isInterrupted) return this.#ended("up", failures);
    return await this.#delete(this.state.filter(({ name, isDoomed }) => isDoomed || !(name in program)));
  }

  /** `pulumi refresh`. Removes resources from the state that are certainly gone, and stores changes from outside. */
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

  /** Cancels the running steps, and begins no others. Only a hook still calls a failed step again. */
  async interrupt(): Promise<void> {
    this.#isInterrupted = true;
    await Promise.all(this.#faces.map((face) => face.cancel()));
  }

  /** Ends the run like SIGKILL: the state stays as it is now, whatever becomes of the operations that are under way. */
  kill(): void {
    this.#recorded = structuredClone(this.state);
  }

  async #begin(): Promise<void> {
    this.#isInterrupted = false;
    await Promise.all(this.#faces.map((face) => face.beginProcess()));
  }

  #ended(operation: string, failures: Failure[]): Failure[] {
    if (this.#recorded) {
      this.state = this.#recorded;
      this.#recorded = undefined;
      return [{ operation, name: "the stack", error: new Killed() }];
    }
    if (this.#isInterrupted) failures.push({ operation, name: "the stack", error: new Interrupted() });
    return failures;
  }

  #faceOf(name: string): Face {
    return this.#faces[name.startsWith(SECOND) ? 1 : 0] as Face;
  }

  /** The step for a resource, decided before any step runs. Absent if the resource does not change. */
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

  /** Runs a step. A hook calls a failed one again, and drops the record of the first call. */
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

/** Inputs that check refused. This is not an error of the provider. */
export class CheckFailed extends Error {}

/** The end of an interrupted Pulumi, whatever the results of the operations are. */
export class Interrupted extends Error {}

/** A killed run reports nothing else. */
export class Killed extends Error {}

/** The part of a resource in an error, which the engine stores although the operation failed. */
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
