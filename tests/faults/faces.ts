import { type Context, Memory } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import type { Resource } from "../../provider/resources/resource.ts";
import { PROVIDER } from "../support/host.ts";
import { forgetSecrets } from "../support/secrets.ts";

export type Properties = Record<string, unknown>;

/** The interface through which the engine calls the provider: the dynamic resource or the plugin. */
export type FaceName = (typeof faceNames)[number];
export const faceNames = ["dynamic", "plugin"] as const;

/** The provider's operations. The error of a failed create may have `id` and `properties`: then the engine stores the resource. */
export interface Face {
  /** Begins another process, with an empty memory. */
  beginProcess: () => Promise<void>;
  check: (name: string, olds: Properties, news: Properties) => Promise<{ inputs: Properties; failures: string[] }>;
  diff: (known: Known, news: Properties) => Promise<{ changes: boolean; replaces: string[] }>;
  create: (name: string, inputs: Properties) => Promise<{ id: string; outs: Properties }>;
  read: (known: Known) => Promise<Omit<Known, "name">>;
  update: (known: Known, news: Properties) => Promise<Properties>;
  remove: (known: Known) => Promise<void>;
  /** Interrupts Pulumi, which cancels the running operations. */
  cancel: () => Promise<void>;
}

/** A resource in the engine's state. */
export interface Known {
  name: string;
  id: string;
  inputs: Properties;
  outs: Properties;
}

/** Whether the resource of this name is a rotating token. */
export function isRotating(name: string): boolean {
  return name.startsWith("rotating");
}

/** Pulumi's dynamic host, as the provider sees it. It cannot report an interruption. */
export function dynamicFace(surroundings: () => Omit<Context, "memory">): Face {
  let memory = new Memory();
  const context = () => ({ ...surroundings(), memory });
  const lifeOf = (name: string): Resource => resources[isRotating(name) ? "RotatingApiToken" : "ApiToken"];
  // The host adds `__provider` to the inputs, and every state has to return it.
  const provider = { __provider: PROVIDER };
  return {
    async beginProcess() {
      memory = new Memory();
      forgetSecrets();
    },
    async check(name, olds, news) {
      const { inputs, failures } = lifeOf(name).check(plain(olds), plain({ ...news, ...provider }), context());
      return { inputs: plain(inputs), failures: failures.map(({ reason }) => reason) };
    },
    async diff({ name, id, outs }, news) {
      return lifeOf(name).diff(id, plain(outs), plain(news), context());
    },
    async create(name, inputs) {
      const { id, outs } = await lifeOf(name).create(plain(inputs), context());
      return { id, outs: { ...plain(outs), ...provider } };
    },
    async read({ name, id, inputs, outs }) {
      const { id: found, props } = await lifeOf(name).read(id, plain(outs), context());
      return { id: found, inputs, outs: plain(props) };
    },
    async update({ name, id, outs }, news) {
      const updated = await lifeOf(name).update(id, plain(outs), plain(news), context());
      return { ...plain(updated.outs), ...provider };
    },
    async remove({ name, id, outs }) {
      await lifeOf(name).remove(id, plain(outs), context());
    },
    async cancel() {
      return;
    },
  };
}

/** The properties after the way to the host and back. */
export function plain(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(properties)) as Properties;
}
