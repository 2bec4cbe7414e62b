import assert from "node:assert/strict";
import { UnfinishedTokenError } from "../../provider/errors.ts";
import type { Context } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import type { Resource } from "../../provider/resources/resource.ts";

const lifecycle = resources.ApiToken;
export type Properties = Record<string, unknown>;

type Step = "create" | "update" | "replace" | "same";

export interface Recorded {
  id: string;
  outputs: Properties;
}

/** One resource in a Pulumi stack: calls the provider in the order, and with the arguments, of Pulumi's engine. */
export class Engine {
  context: Context;
  inputs: Properties | undefined;
  /** The resource in the state. Absent before the first `up` and after `destroy`. */
  recorded: Recorded | undefined;
  /** The replaced resources that are still to be deleted. */
  readonly toDelete: Recorded[] = [];

  readonly #life: Resource;

  constructor(context: Context, life: Resource = lifecycle) {
    this.context = context;
    this.#life = life;
  }

  get id(): string {
    return this.#present().id;
  }

  get outputs(): Properties {
    return this.#present().outputs;
  }

  /** `pulumi up`. Returns the operations, in the words of Pulumi's display. */
  async up(program: Properties): Promise<Step> {
    await this.#deleteReplaced();
    const { recorded } = this;
    const { step, inputs } = this.#planned(program);
    if (!recorded) {
      this.recorded = await this.#create(inputs);
    } else if (step === "replace") {
      const replacement = this.#checked({}, inNews(program)); // A replacement is checked without old inputs.
      this.recorded = await this.#create(replacement, () => this.toDelete.push(recorded));
      this.toDelete.push(recorded);
      await this.#deleteReplaced();
    } else if (step === "update") {
      this.recorded = await this.#update(recorded, inputs);
    }
    return step;
  }

  /** `pulumi preview`. Returns the operations that `up` would do. Unknown values are `UNKNOWN` in `program`. */
  preview(program: Properties): Step {
    return this.#planned(program).step;
  }

  /** `pulumi refresh`. Returns whether the resource still exists. */
  async refresh(): Promise<boolean> {
    const { id, props } = await this.#life.read(this.id, this.outputs, this.context);
    this.recorded = id === "" ? undefined : { id, outputs: stored(props) };
    if (this.recorded) this.#life.diff(id, this.outputs, this.inputs ?? {}, this.context); // Pulumi calls diff to display the result.
    return this.recorded !== undefined;
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<void> {
    await this.#deleteReplaced();
    if (this.recorded) await this.#life.remove(this.recorded.id, this.recorded.outputs, this.context);
    this.recorded = undefined;
  }

  #present(): Recorded {
    assert.ok(this.recorded, "the state holds no resource");
    return this.recorded;
  }

  #planned(program: Properties): { step: Step; inputs: Properties } {
    const { recorded } = this;
    if (!recorded) return { step: "create", inputs: this.#checked({}, inNews(program)) };
    const inputs = this.#checked(this.inputs ?? {}, inNews(program));
    const { changes, replaces } = this.#life.diff(recorded.id, recorded.outputs, inputs, this.context);
    if (replaces.length > 0) return { step: "replace", inputs };
    return { step: changes ? "update" : "same", inputs };
  }

  #checked(olds: Properties, news: Properties): Properties {
    const { inputs, failures } = this.#life.check(olds, news, this.context);
    assert.deepEqual(failures, []);
    return inputs;
  }

  async #create(inputs: Properties, recordedInstead: () => void = () => undefined): Promise<Recorded> {
    try {
      const { id, outs } = await this.#life.create(inputs, this.context);
      this.inputs = inputs;
      return { id, outputs: stored({ ...outs, __provider: inputs["__provider"] }) };
    } catch (error) {
      if (error instanceof UnfinishedTokenError) recordedInstead();
      throw this.#kept(error, inputs);
    }
  }

  async #update({ id, outputs }: Recorded, inputs: Properties): Promise<Recorded> {
    try {
      const { outs } = await this.#life.update(id, outputs, inputs, this.context);
      this.inputs = inputs;
      return { id, outputs: stored({ ...outs, __provider: inputs["__provider"] }) };
    } catch (error) {
      throw this.#kept(error, inputs);
    }
  }

  /** Stores the record in the error of a failed operation. */
  #kept(error: unknown, inputs: Properties): unknown {
    if (!(error instanceof UnfinishedTokenError)) return error;
    this.inputs = inputs;
    this.recorded = { id: error.id, outputs: stored(error.properties) };
    assert.ok("__provider" in error.properties, "nobody could read or delete what was recorded");
    return error;
  }

  async #deleteReplaced(): Promise<void> {
    for (const { id, outputs } of [...this.toDelete]) {
      await this.#life.remove(id, outputs, this.context);
      this.toDelete.shift();
    }
  }
}

function inNews(program: Properties): Properties {
  return { ...program, __provider: "the text by which the host finds the package" };
}

/** The properties as they come back from the state. Pulumi refuses values that JSON cannot represent, after the token was created. */
function stored(properties: Properties): Properties {
  const json = JSON.parse(JSON.stringify(properties));
  assert.deepEqual(properties, json);
  return json;
}
