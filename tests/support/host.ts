/** Starts and calls the processes that serve the resources, in the way of Pulumi's engine, but without the CLI. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import engine from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { plainEnvironment } from "./environment.ts";

export type Properties = Record<string, unknown>;

/** The text in every state that loads this package. It is repeated here, because it can never change. */
export const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider")';

/** The engine's text for an unknown value. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The part of a resource that the engine stores although its create or update has failed. */
export interface Kept {
  id: string;
  properties: Properties;
  reasons: string[];
}

/** A call that returned an error. */
export class CallFailed extends Error {
  override name = "CallFailed";
  readonly code: number;
  readonly kept: Kept | undefined;

  constructor(error: ServiceError) {
    super(error.details);
    this.code = error.code;
    this.kept = keptOf(error);
  }
}

/** The error of `call`. */
export async function failureOf(call: Promise<unknown>): Promise<CallFailed> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof CallFailed)) throw new Error(`It was not answered with an error, but: ${failure}`);
  return failure;
}

const LONGEST_ANSWER_MS = 90_000;

/** The options of an operation beside its arguments. A dynamic resource receives none of them. */
export interface Asking {
  urn?: string;
  preview?: boolean;
  /** The custom timeout of the resource, in seconds. */
  timeout?: number;
  /** Ends the caller's wait for the reply. */
  hangUp?: AbortSignal;
}

export const URN = "urn:pulumi:dev::shop::jenkins:index:ApiToken::ci";

/** A provider treats two creates with one URN as the same resource. */
function urnFor({ autoName, tokenName = autoName }: Properties): string {
  return tokenName === undefined ? URN : `${URN}-${tokenName}`;
}

/** A process that serves the provider protocol. */
export class Host {
  /** Everything that the process has printed. The CLI would show every line. */
  printed = "";
  protected readonly process: Serving["child"];
  protected readonly client: engine.ResourceProviderClient;

  constructor({ child, port }: Serving) {
    this.process = child;
    this.client = new engine.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.printed += text;
      });
    }
  }

  /** Passes the stack config, or the config of a provider, with all values as text. The engine does this once, first. */
  async configure(config: Properties): Promise<void> {
    const request = new messages.ConfigureRequest().setArgs(structOf(config));
    await answer("configure", (done) => this.client.configure(request, done));
  }

  async check(
    olds: Properties,
    news: Properties,
    { urn = URN }: Asking = {},
  ): Promise<{ inputs: Properties; failures: Properties[] }> {
    const request = new messages.CheckRequest().setUrn(urn).setName(urn.split("::").at(-1) ?? "");
    request.setOlds(structOf(olds)).setNews(structOf(news));
    return checked(await answer("check", (done) => this.client.check(request, done)));
  }

  async diff(id: string, olds: Properties, news: Properties): Promise<{ changes: string; replaces: string[] }> {
    const request = new messages.DiffRequest().setId(id).setUrn(URN).setOlds(structOf(olds)).setNews(structOf(news));
    const reply = await answer<messages.DiffResponse>("diff", (done) => this.client.diff(request, done));
    return { changes: changesIn(reply), replaces: reply.getReplacesList() };
  }

  async create(
    inputs: Properties,
    { urn = urnFor(inputs), preview = false, timeout = 0, hangUp }: Asking = {},
  ): Promise<{ id: string; outs: Properties }> {
    const request = new messages.CreateRequest().setUrn(urn).setPreview(preview).setTimeout(timeout);
    request.setProperties(structOf(inputs));
    const reply = await answer<messages.CreateResponse>("create", (done) => {
      const call = this.client.create(request, done);
      hangUp?.addEventListener("abort", () => call.cancel());
    });
    return { id: reply.getId(), outs: propertiesOf(reply.getProperties()) };
  }

  async read(id: string, properties: Properties): Promise<{ id: string; outs: Properties }> {
    const request = new messages.ReadRequest().setId(id).setUrn(URN).setProperties(structOf(properties));
    const reply = await answer<messages.ReadResponse>("read", (done) => this.client.read(request, done));
    return { id: reply.getId(), outs: propertiesOf(reply.getProperties()) };
  }

  async update(
    id: string,
    olds: Properties,
    news: Properties,
    { urn = URN, preview = false, timeout = 0 }: Asking = {},
  ): Promise<Properties> {
    const request = new messages.UpdateRequest().setId(id).setUrn(urn).setPreview(preview).setTimeout(timeout);
    request.setOlds(structOf(olds)).setNews(structOf(news));
    const reply = await answer<messages.UpdateResponse>("update", (done) => this.client.update(request, done));
    return propertiesOf(reply.getProperties());
  }

  async delete(id: string, properties: Properties, { urn = URN, timeout = 0 }: Asking = {}): Promise<void> {
    const request = new messages.DeleteRequest().setId(id).setUrn(urn).setTimeout(timeout);
    request.setProperties(structOf(properties));
    await answer("delete", (done) => this.client.delete(request, done));
  }

  async end(): Promise<void> {
    this.client.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "close");
    this.process.kill();
    await ended;
  }
}

/** Starts the dynamic host in this checkout, and configures it. */
export async function startHost(
  environment: Record<string, string> = {},
  stackConfig: Record<string, string> = {},
): Promise<Host> {
  const script = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  const host = new Host(await serving([process.execPath, script, "127.0.0.1:0"], environment));
  await host.configure(stackConfig);
  return host;
}

export interface Serving {
  child: ChildProcessByStdio<null, Readable, Readable>;
  port: string;
}

/**
 * Starts a program in this checkout, only with the given `JENKINS_*` variables, and waits for the port that it prints.
 */
export async function serving(command: string[], environment: Record<string, string>): Promise<Serving> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...plainEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithTests = () => child.kill();
  process.once("exit", endWithTests); // Even if the tests end before they have ended their host.
  child.once("close", () => process.off("exit", endWithTests));
  const firstLine = createInterface({ input: child.stdout });
  const [port] = await Promise.race([once(firstLine, "line"), once(child, "close")]);
  firstLine.close();
  if (!/^\d+$/.test(port)) throw new Error(`The first line of ${command.join(" ")} is no port but: ${port}`);
  setImmediate(() => child.stdout.resume()); // Closing the line reader has paused the stream.
  return { child, port };
}

/** The reply to `ask`. Throws if there is none, or if the reply is an error. */
export function answer<Reply>(
  name: string,
  ask: (done: (error: ServiceError | null, reply: Reply) => void) => unknown,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const missing = () => reject(new Error(`${name} was not answered within ${LONGEST_ANSWER_MS / 1000} seconds`));
    const limit = setTimeout(missing, LONGEST_ANSWER_MS);
    ask((error, reply) => {
      clearTimeout(limit);
      if (error) reject(new CallFailed(error));
      else resolve(reply);
    });
  });
}

export function checked(reply: messages.CheckResponse): { inputs: Properties; failures: Properties[] } {
  const failures = reply.getFailuresList().map((failure) => failure.toObject());
  return { inputs: propertiesOf(reply.getInputs()), failures };
}

export function changesIn(reply: messages.DiffResponse): string {
  return ["unknown", "none", "some"][reply.getChanges()] ?? "";
}

function keptOf(error: ServiceError): Kept | undefined {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!(details instanceof Uint8Array)) return undefined;
  const [detail] = statuses.Status.deserializeBinary(details).getDetailsList();
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  return { id: failed.getId(), properties: propertiesOf(failed.getProperties()), reasons: failed.getReasonsList() };
}

export function structOf(properties: Properties): structs.Struct {
  return structs.Struct.fromJavaScript(properties as Record<string, structs.JavaScriptValue>);
}

/** The mark of a secret, in the replies of a provider and in the config of a provider. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const marked = new WeakMap<Properties, string[]>();

/** The paths of the properties that the reply marked as secret. */
export function secretsIn(properties: Properties): string[] {
  return marked.get(properties) ?? [];
}

/** `value` in the form of a secret in a provider's config. */
export function secret(value: string): Properties {
  return { [SIGNATURE]: SECRET, value };
}

/** The properties without the marks, as the engine passes them to a provider that does not support secrets. */
export function propertiesOf(struct: structs.Struct | undefined): Properties {
  const secrets: string[] = [];
  const unmarked = (value: unknown, path: string[]): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (SIGNATURE in value && value[SIGNATURE] === SECRET && "value" in value) {
      secrets.push(path.join("."));
      return unmarked(value.value, path);
    }
    if (Array.isArray(value)) return value.map((one, index) => unmarked(one, [...path, String(index)]));
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unmarked(part, [...path, name])]));
  };
  const properties = unmarked(struct?.toJavaScript() ?? {}, []) as Properties;
  marked.set(
    properties,
    secrets.sort((one, other) => one.localeCompare(other)),
  );
  return properties;
}
