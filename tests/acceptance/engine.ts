import assert from "node:assert/strict";
import type { Context } from "../../provider/access.ts";
import { UnfinishedTokenError } from "../../provider/errors.ts";
import * as lifecycle from "../../provider/lifecycle.ts";

export type Properties = Record<string, unknown>;

export interface Recorded {
  id: string;
  outputs: Properties;
}

/** One resource in a Pulumi stack: calls the provider in the order, and with the arguments, of Pulumi's engine. */
export class Engine {
  context: Context;
  inputs: Properties | undefined;
  /** What the state holds; nothing before the first `up` and after `destroy`. */
  recorded: Recorded | undefined;
  /** What was replaced, and could not be deleted yet. */
  readonly toDelete: Recorded[] = [];

  constructor(context: Context) {
    this.context = context;
  }

  get id(): string {
    return this.#present().id;
  }

  get outputs(): Properties {
    return this.#present().outputs;
  }

  /** `pulumi up`: what it did, in the words of its display. */
  async up(program: Properties): Promise<"create" | "update" | "replace" | "same"> {
    const news = { ...program, __provider: "the text by which the host finds the package" };
    await this.#deleteReplaced();
    const { recorded } = this;
    if (!recorded) {
      this.recorded = await this.#create(this.#checked({}, news));
      return "create";
    }
    const inputs = this.#checked(this.inputs ?? {}, news);
    const { changes, replaces } = lifecycle.diff(recorded.id, recorded.outputs, inputs, this.context);
    if (replaces.length > 0) {
      const replacement = this.#checked({}, news); // As if there had been nothing before.
      this.recorded = await this.#create(replacement, () => this.toDelete.push(recorded));
      this.toDelete.push(recorded);
      await this.#deleteReplaced();
      return "replace";
    }
    if (!changes) return "same";
    const { outs } = await lifecycle.update(recorded.id, recorded.outputs, inputs, this.context);
    this.inputs = inputs;
    this.recorded = { id: recorded.id, outputs: stored({ ...outs, __provider: inputs["__provider"] }) };
    return "update";
  }

  /** `pulumi refresh`: whether the resource is still there. */
  async refresh(): Promise<boolean> {
    const { id, props } = await lifecycle.read(this.id, this.outputs, this.context);
    this.recorded = id === "" ? undefined : { id, outputs: stored(props) };
    if (this.recorded) lifecycle.diff(id, this.outputs, this.inputs ?? {}, this.context); // Asked for its display.
    return this.recorded !== undefined;
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<void> {
    await this.#deleteReplaced();
    if (this.recorded) await lifecycle.remove(this.recorded.id, this.recorded.outputs, this.context);
    this.recorded = undefined;
  }

  #present(): Recorded {
    assert.ok(this.recorded, "the state holds no resource");
    return this.recorded;
  }

  #checked(olds: Properties, news: Properties): Properties {
    const { inputs, failures } = lifecycle.check(olds, news, this.context);
    assert.deepEqual(failures, []);
    return inputs;
  }

  async #create(inputs: Properties, recordedInstead: () => void = () => undefined): Promise<Recorded> {
    try {
      const { id, outs } = await lifecycle.create(inputs, this.context);
      this.inputs = inputs;
      return { id, outputs: stored({ ...outs, __provider: inputs["__provider"] }) };
    } catch (error) {
      if (error instanceof UnfinishedTokenError) {
        recordedInstead();
        this.inputs = inputs;
        this.recorded = { id: error.id, outputs: stored(error.properties) };
        assert.ok("__provider" in error.properties, "nobody could read or delete what was recorded");
      }
      throw error;
    }
  }

  async #deleteReplaced(): Promise<void> {
    for (const { id, outputs } of [...this.toDelete]) {
      await lifecycle.remove(id, outputs, this.context);
      this.toDelete.shift();
    }
  }
}

/** As it comes back from the state: Pulumi refuses what JSON can't hold, after the token has been made. */
function stored(properties: Properties): Properties {
  const json = JSON.parse(JSON.stringify(properties));
  assert.deepEqual(properties, json);
  return json;
}
