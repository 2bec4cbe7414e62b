import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { Plugin } from "../../provider/plugin/plugin.ts";
import { serve } from "../../provider/plugin/server.ts";
import { type Context, Memory } from "../../provider/resources/context.ts";
import { CallFailed, type Kept, propertiesOf, secretsIn } from "../support/host.ts";
import { forgetSecrets } from "../support/secrets.ts";
import { type Face, isRotating, type Known, type Properties, plain } from "./faces.ts";

const SECRET = /^(tokenValue|current|previous|connection\.apiToken|connection\.password)$/;

/** The surroundings of a plugin in one run. */
export interface Stage {
  /** The context outside the plugin's config. */
  surroundings: () => Partial<Context>;
  config: () => Properties;
  /** The custom timeout of every operation. 0 means none. */
  timeLimitMs: () => number;
}

/** A plugin that listens in this process, and the engine's connection to it. */
export interface RunningPlugin {
  client: services.ResourceProviderClient;
  memory: Memory;
  /** The surroundings of the present run. */
  stage: Stage | undefined;
}

export async function startPlugin(): Promise<RunningPlugin> {
  const { port } = await serve(
    new Plugin(undefined, () => ({ ...running.stage?.surroundings(), memory: running.memory })),
  );
  const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const running: RunningPlugin = { client, memory: new Memory(), stage: undefined };
  return running;
}

/** An error over gRPC, with the record that the engine stores. */
export class Answered extends Error {
  override name = "Answered";
  /** Whether the error comes from the plugin itself. */
  readonly isOwn: boolean;
  readonly #kept: Kept | undefined;

  constructor(error: ServiceError) {
    super(error.details);
    this.isOwn = error.code === status.UNKNOWN && !error.details.startsWith("pulumi-jenkins met an error of its own");
    this.#kept = new CallFailed(error).kept;
  }

  get id(): string | undefined {
    return this.#kept?.id;
  }

  get properties(): Properties | undefined {
    return this.#kept && guarded(this.#kept.properties);
  }

  get reasons(): string[] | undefined {
    return this.#kept?.reasons;
  }
}

/** The engine's side of the plugin protocol, on `stage`. */
export function pluginFace(plugin: RunningPlugin, stage: Stage): Face {
  plugin.stage = stage;
  return new PluginFace(plugin, stage);
}

class PluginFace implements Face {
  readonly #plugin: RunningPlugin;
  readonly #client: services.ResourceProviderClient;
  readonly #stage: Stage;

  constructor(plugin: RunningPlugin, stage: Stage) {
    this.#plugin = plugin;
    this.#client = plugin.client;
    this.#stage = stage;
  }

  get #timeoutSeconds(): number {
    return this.#stage.timeLimitMs() / 1000;
  }

  async beginProcess(): Promise<void> {
    this.#plugin.memory = new Memory();
    forgetSecrets();
    const request = new messages.ConfigureRequest().setArgs(structOf(this.#stage.config()));
    await answered((done) => this.#client.configure(request, done));
  }

  async check(name: string, olds: Properties, { autoName, ...news }: Properties) {
    const request = new messages.CheckRequest()
      .setUrn(urnOf(name))
      .setName(name)
      .setType(typeOf(name))
      .setOlds(structOf(olds))
      .setNews(structOf(news));
    const reply = await answered<messages.CheckResponse>((done) => this.#client.check(request, done));
    const failures = reply.getFailuresList().map((failure) => failure.getReason());
    return { inputs: keptFrom(reply.getInputs()), failures };
  }

  async diff({ name, id, inputs, outs }: Known, news: Properties) {
    const request = new messages.DiffRequest()
      .setUrn(urnOf(name))
      .setId(id)
      .setOldInputs(structOf(inputs))
      .setOlds(structOf(outs))
      .setNews(structOf(news));
    const reply = await answered<messages.DiffResponse>((done) => this.#client.diff(request, done));
    const changes = reply.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
    return { changes, replaces: reply.getReplacesList() };
  }

  async create(name: string, inputs: Properties) {
    const request = new messages.CreateRequest()
      .setUrn(urnOf(name))
      .setProperties(structOf(inputs))
      .setTimeout(this.#timeoutSeconds);
    const reply = await answered<messages.CreateResponse>((done) => this.#client.create(request, done));
    return { id: reply.getId(), outs: keptFrom(reply.getProperties()) };
  }

  async read({ name, id, inputs, outs }: Known) {
    const request = new messages.ReadRequest()
      .setUrn(urnOf(name))
      .setId(id)
      .setInputs(structOf(inputs))
      .setProperties(structOf(outs))
      .setTimeout(this.#timeoutSeconds);
    const reply = await answered<messages.ReadResponse>((done) => this.#client.read(request, done));
    return { id: reply.getId(), inputs: keptFrom(reply.getInputs()), outs: keptFrom(reply.getProperties()) };
  }

  async update({ name, id, inputs, outs }: Known, news: Properties): Promise<Properties> {
    const request = new messages.UpdateRequest()
      .setUrn(urnOf(name))
      .setId(id)
      .setOldInputs(structOf(inputs))
      .setOlds(structOf(outs))
      .setNews(structOf(news))
      .setTimeout(this.#timeoutSeconds);
    const reply = await answered<messages.UpdateResponse>((done) => this.#client.update(request, done));
    return keptFrom(reply.getProperties());
  }

  async remove({ name, id, inputs, outs }: Known): Promise<void> {
    const request = new messages.DeleteRequest()
      .setUrn(urnOf(name))
      .setId(id)
      .setOldInputs(structOf(inputs))
      .setProperties(structOf(outs))
      .setTimeout(this.#timeoutSeconds);
    await answered((done) => this.#client.delete(request, done));
  }

  async cancel(): Promise<void> {
    await answered((done) => this.#client.cancel(new empties.Empty(), done));
  }
}

/** A URN. Its default name in the plugin is the same as that of the dynamic resource. */
function urnOf(name: string): string {
  return `urn:pulumi:s::p::${typeOf(name)}::${name}`;
}

function typeOf(name: string): string {
  return `jenkins:index:${isRotating(name) ? "RotatingApiToken" : "ApiToken"}`;
}

function answered<Reply>(ask: (done: (error: ServiceError | null, reply: Reply) => void) => unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    ask((error, reply) => (error ? reject(new Answered(error)) : resolve(reply)));
  });
}

function structOf(properties: Properties): structs.Struct {
  return structs.Struct.fromJavaScript(plain(properties) as Record<string, structs.JavaScriptValue>);
}

/** The properties as the engine stores them, and returns them to a plugin without support for secrets. */
function keptFrom(struct: structs.Struct | undefined): Properties {
  return guarded(propertiesOf(struct));
}

/** The same properties. Throws if a secret is not marked. */
function guarded(properties: Properties): Properties {
  const marked = new Set(secretsIn(properties));
  const { connection } = properties;
  const ofConnection = isObject(connection) ? Object.keys(connection).map((name) => `connection.${name}`) : [];
  const clear = [...Object.keys(properties), ...ofConnection].find((path) => SECRET.test(path) && !marked.has(path));
  if (clear) throw new Error(`${clear} is answered in the clear`);
  return properties;
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
