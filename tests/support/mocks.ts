/** Pulumi's mocks. They run the dynamic providers of a program's resources. */
import assert from "node:assert/strict";
import { Module } from "node:module";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type messages from "@pulumi/pulumi/proto/resource_pb.js";
import type { Jenkins } from "../jenkins/server.ts";
import type { Properties } from "./host.ts";

type Provider = Pick<pulumi.dynamic.ResourceProvider, "create"> & Partial<pulumi.dynamic.ResourceProvider>;

/** The outputs of other stacks, by their names. */
export type OtherStacks = Record<string, Properties>;

/**
 * Sets mocks that run programs in a stack that logs in as alice.
 *
 * @returns the requests to the engine.
 */
export async function playEngine(
  jenkins: Jenkins,
  project = "shop",
  others: OtherStacks = {},
): Promise<pulumi.runtime.MockResourceArgs[]> {
  const config = { "jenkins:url": jenkins.url, "jenkins:username": "alice", "jenkins:password": "alice-password" };
  const get = (key: string) => config[key as keyof typeof config];
  const asked: pulumi.runtime.MockResourceArgs[] = [];

  const newResource = async (args: pulumi.runtime.MockResourceArgs): Promise<pulumi.runtime.MockResourceResult> => {
    asked.push(args);
    const properties = inTheClear(args.inputs) as Properties;
    const name = String(properties["name"]);
    if (args.type === "pulumi:pulumi:StackReference") return { id: name, state: { name, outputs: others[name] } };
    if (!properties["__provider"]) return { id: args.name, state: args.inputs };
    const provider = providerOf(properties["__provider"]);
    await provider.configure?.({ config: { get, require: get } });
    if (args.id) {
      const found = await provider.read?.(args.id, properties);
      return { id: found?.id, state: found?.props };
    }
    const { inputs = properties, failures = [] } = (await provider.check?.({}, properties)) ?? {};
    assert.deepEqual(failures, []);
    const { id, outs = {} } = await provider.create(inputs);
    return { id, state: outs };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, project, "dev");
  return asked;
}

/** Makes the mocks look like Pulumi's engine. */
export function hideMocks(): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as { mocks?: unknown };
  const { mocks } = monitor;
  delete monitor.mocks;
  Object.setPrototypeOf(monitor, Object.create(Object.getPrototypeOf(monitor), { mocks: { value: mocks } }));
}

export type Registration = messages.RegisterResourceRequest.AsObject;

/**
 * Sets mocks that return each resource as it is declared, and run no provider.
 *
 * @returns the registered resources.
 */
export async function recordRegistrations(): Promise<Registration[]> {
  const newResource = ({ id, inputs }: pulumi.runtime.MockResourceArgs) => ({ id: id || "made", state: inputs });
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
  const registrations: Registration[] = [];
  const monitor = pulumi.runtime.getMonitor();
  assert.ok(monitor);
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => never;
  monitor.registerResource = (request: messages.RegisterResourceRequest, ...rest: unknown[]) => {
    registrations.push({ ...request.toObject(), object: request.getObject()?.toJavaScript() as never });
    return register(request, ...rest);
  };
  return registrations;
}

/** The mark of a secret that is sent to the engine. */
export function secret(value: unknown): Properties {
  return { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value };
}

/** Evaluates the provider text of a resource like Pulumi's host: as a module in the program's folder. */
export function providerOf(text: unknown): Provider {
  const module = new Module(import.meta.filename) as LoadedModule;
  module.paths = [fileURLToPath(new URL("../../node_modules", import.meta.url))];
  module._compile(String(text), import.meta.filename);
  return module.exports.handler();
}

type LoadedModule = Module & { exports: { handler(): Provider }; _compile(text: string, path: string): void };

/** The inputs without marks of secrets, as the engine passes them to dynamic resources. */
export function inTheClear(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return inTheClear(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(inTheClear);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inTheClear(part)]));
}

/** `value` without the parts that are marked as secret. */
export function withoutSecrets(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return undefined;
  if (typeof value !== "object" || value === null) return value;
  return Object.values(value).map(withoutSecrets);
}

export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
