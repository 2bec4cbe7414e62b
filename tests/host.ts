/** Pulumi's dynamic host, started and asked as the engine does it, without the CLI. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import engine from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";

export type Properties = Record<string, unknown>;

/** The text by which every state finds this package, written out once more: it never changes. */
export const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider")';

/** By which the engine stands for a value that isn't known yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine keeps of a resource although its create or update has failed. */
export interface Kept {
  id: string;
  properties: Properties;
  reasons: string[];
}

/** A call that was answered with an error. */
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

const LONGEST_ANSWER_MS = 40_000;

export class Host {
  /** All that it has printed: the CLI shows every line of it. */
  printed = "";
  readonly #process: ChildProcess;
  readonly #client: engine.ResourceProviderClient;

  constructor(process: ChildProcess, port: string) {
    this.#process = process;
    this.#client = new engine.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.printed += text;
      });
    }
  }

  /** Hands over the stack config, all values as text. The engine does it once, before all else. */
  async configure(config: Record<string, string>): Promise<void> {
    const request = new messages.ConfigureRequest();
    request.setArgs(structs.Struct.fromJavaScript(config));
    await answer("configure", (done) => this.#client.configure(request, done));
  }

  async check(olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: Properties[] }> {
    const request = new messages.CheckRequest();
    request.setOlds(structOf(olds));
    request.setNews(structOf(news));
    const reply = await answer<messages.CheckResponse>("check", (done) => this.#client.check(request, done));
    return {
      inputs: propertiesOf(reply.getInputs()),
      failures: reply.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  async diff(id: string, olds: Properties, news: Properties): Promise<{ changes: string; replaces: string[] }> {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setOlds(structOf(olds));
    request.setNews(structOf(news));
    const reply = await answer<messages.DiffResponse>("diff", (done) => this.#client.diff(request, done));
    const changes = ["unknown", "none", "some"][reply.getChanges()] ?? "";
    return { changes, replaces: reply.getReplacesList() };
  }

  async create(inputs: Properties): Promise<{ id: string; outs: Properties }> {
    const request = new messages.CreateRequest();
    request.setProperties(structOf(inputs));
    const reply = await answer<messages.CreateResponse>("create", (done) => this.#client.create(request, done));
    return { id: reply.getId(), outs: propertiesOf(reply.getProperties()) };
  }

  async read(id: string, properties: Properties): Promise<{ id: string; outs: Properties }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(structOf(properties));
    const reply = await answer<messages.ReadResponse>("read", (done) => this.#client.read(request, done));
    return { id: reply.getId(), outs: propertiesOf(reply.getProperties()) };
  }

  async update(id: string, olds: Properties, news: Properties): Promise<Properties> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(structOf(olds));
    request.setNews(structOf(news));
    const reply = await answer<messages.UpdateResponse>("update", (done) => this.#client.update(request, done));
    return propertiesOf(reply.getProperties());
  }

  async delete(id: string, properties: Properties): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(structOf(properties));
    await answer("delete", (done) => this.#client.delete(request, done));
  }

  async end(): Promise<void> {
    this.#client.close();
    const ended = once(this.#process, "close");
    this.#process.kill();
    await ended;
  }
}

/** Starts the host in this checkout, with no other `JENKINS_*` in its environment than those given, and configures it. */
export async function startHost(
  environment: Record<string, string> = {},
  stackConfig: Record<string, string> = {},
): Promise<Host> {
  const script = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  const surroundings = Object.entries(process.env).filter(([name]) => !/^JENKINS_|_PROXY$/i.test(name));
  const child = spawn(process.execPath, [script, "127.0.0.1:0"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...Object.fromEntries(surroundings), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithTests = () => child.kill();
  process.once("exit", endWithTests); // Also when they end before they end their host.
  child.once("close", () => process.off("exit", endWithTests));
  const firstLine = createInterface({ input: child.stdout });
  const [port] = await Promise.race([once(firstLine, "line"), once(child, "close")]);
  firstLine.close();
  if (!/^\d+$/.test(port)) throw new Error(`Pulumi's dynamic host printed no port but: ${port}`);
  const host = new Host(child, port);
  child.stdout.resume(); // Closing the reader of lines has paused it.
  await host.configure(stackConfig);
  return host;
}

function answer<Reply>(
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

function keptOf(error: ServiceError): Kept | undefined {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!(details instanceof Uint8Array)) return undefined;
  const [detail] = statuses.Status.deserializeBinary(details).getDetailsList();
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  return { id: failed.getId(), properties: propertiesOf(failed.getProperties()), reasons: failed.getReasonsList() };
}

function structOf(properties: Properties): structs.Struct {
  return structs.Struct.fromJavaScript(properties as Record<string, structs.JavaScriptValue>);
}

function propertiesOf(struct: structs.Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}
