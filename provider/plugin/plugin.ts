/**
 * What Pulumi's engine asks of a native provider, in the order in which it does, answered by the life cycle that the dynamic
 * resource has as well.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
import { isDeepStrictEqual } from "node:util";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import schema from "../../schema.json" with { type: "json" };
import { CancelledError, RejectedError } from "../errors.ts";
import { perform } from "../operation.ts";
import { type Context, Memory } from "../resources/context.ts";
import { getApiTokens } from "../resources/get-tokens.ts";
import { resources } from "../resources/index.ts";
import type { Resource } from "../resources/resource.ts";
import type { CheckFailure } from "../settings/schema.ts";
import { fromStruct, type Properties, toStruct } from "./codec.ts";
import { configFailures, configOf } from "./config.ts";
import { compared } from "./differences.ts";
import { Engine } from "./engine.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1; // 24.8 days: one that is set for longer is over at once.

/** What a request says about the operation that it asks for. */
interface Asking {
  getUrn(): string;
  getTimeout(): number;
}

/** A function is asked for by no resource, and may take its time. */
const BY_PROGRAM: Asking = { getUrn: () => "", getTimeout: () => 0 };

export class Plugin {
  readonly #surroundings: () => Partial<Context>;
  readonly #running = new Set<Promise<unknown>>();
  #engine: Engine | undefined;
  #config: Properties = {};
  #cancelling = new AbortController();
  readonly #memory = new Memory();

  /** @param surroundings what tests have otherwise than a process has it: environment, clock, limits. */
  constructor(engineAddress?: string, surroundings: () => Partial<Context> = () => ({})) {
    if (engineAddress) this.#engine = new Engine(engineAddress);
    this.#surroundings = surroundings;
  }

  /** Says of nothing special that it is understood: so secrets come in the clear, and the engine marks them again. */
  handshake(): messages.ProviderHandshakeResponse {
    return new messages.ProviderHandshakeResponse();
  }

  getPluginInfo(): plugins.PluginInfo {
    return new plugins.PluginInfo().setVersion(schema.version);
  }

  /** Somebody debugs a plugin that was started by hand: its engine attaches itself. */
  attach(request: plugins.PluginAttach): empties.Empty {
    this.#engine = new Engine(request.getAddress());
    return new empties.Empty();
  }

  getSchema(): messages.GetSchemaResponse {
    return new messages.GetSchemaResponse().setSchema(JSON.stringify(schema));
  }

  /** Nothing of the environment is answered here: it would be kept in the state. */
  checkConfig(request: messages.CheckRequest): messages.CheckResponse {
    const config = fromStruct(request.getNews());
    return checked(config, configFailures(config, request.getUrn()));
  }

  /** Another config replaces nothing: what it means for a token, the token's own diff says. */
  diffConfig(request: messages.DiffRequest): messages.DiffResponse {
    const [olds, news] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
    const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    return compared(olds, news, {
      replaces: [],
      updates: names.filter((name) => !isDeepStrictEqual(olds[name], news[name])),
    });
  }

  configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    this.#config = fromStruct(request.getArgs());
    this.#cancelling = new AbortController(); // A plugin that is debugged serves one run after the other.
    return new messages.ConfigureResponse().setSupportspreview(true);
  }

  check(request: messages.CheckRequest): messages.CheckResponse {
    const [, stack, project] = /^urn:pulumi:(.*?)::(.*?)::/.exec(request.getUrn()) ?? [];
    const news = { ...fromStruct(request.getNews()), autoName: `${project}/${stack}/${request.getName()}` };
    const context = { ...this.#context(request), randomSeed: request.getRandomseed_asU8() };
    const { inputs, failures } = resourceOf(request.getUrn()).check(fromStruct(request.getOlds()), news, context);
    return checked(inputs, failures);
  }

  diff(request: messages.DiffRequest): messages.DiffResponse {
    const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    return compared(olds, news, resourceOf(request.getUrn()).diff(request.getId(), olds, news, this.#context(request)));
  }

  async create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const inputs = fromStruct(request.getProperties());
    const response = new messages.CreateResponse();
    if (request.getPreview())
      return response.setProperties(
        toStruct(resourceOf(request.getUrn()).previewCreate(inputs, this.#context(request))),
      );
    const { id, outs } = await this.#operate(request, () =>
      resourceOf(request.getUrn()).create(inputs, this.#context(request)),
    );
    return response.setId(id).setProperties(toStruct(outs));
  }

  /** Refreshes a token of the state; of any other, which is imported or looked up, gives the inputs as well. */
  async read(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const properties = fromStruct(request.getProperties());
    const read = await this.#operate(request, () =>
      resourceOf(request.getUrn()).read(request.getId(), properties, this.#context(request)),
    );
    const response = new messages.ReadResponse().setId(read.id);
    if (!read.id) return response;
    return response
      .setProperties(toStruct(read.props))
      .setInputs(toStruct(read.inputs ?? fromStruct(request.getInputs())));
  }

  async update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const response = new messages.UpdateResponse();
    if (request.getPreview())
      return response.setProperties(
        toStruct(resourceOf(request.getUrn()).previewUpdate(request.getId(), olds, news, this.#context(request))),
      );
    const update = () => resourceOf(request.getUrn()).update(request.getId(), olds, news, this.#context(request));
    return response.setProperties(toStruct((await this.#operate(request, update)).outs));
  }

  async delete(request: messages.DeleteRequest): Promise<empties.Empty> {
    const properties = fromStruct(request.getProperties());
    await this.#operate(request, () =>
      resourceOf(request.getUrn()).remove(request.getId(), properties, this.#context(request)),
    );
    return new empties.Empty();
  }

  async invoke(request: messages.InvokeRequest): Promise<messages.InvokeResponse> {
    const token = request.getTok();
    if (token !== "jenkins:index:getApiTokens") throw new RejectedError({ tried: `unknown function ${token}` });
    const query = fromStruct(request.getArgs());
    const found = await this.#operate(BY_PROGRAM, () => getApiTokens(query, this.#context(BY_PROGRAM)));
    return new messages.InvokeResponse().setReturn(toStruct({ ...found }));
  }

  /** Ends what is under way. The engine calls it at the end of every run as well, when nothing is. */
  cancel(): empties.Empty {
    this.#cancelling.abort(new CancelledError({ tried: "Pulumi was interrupted" }));
    return new empties.Empty();
  }

  /** When nothing is under way any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Does what a request asks for, no longer than it says, and shows its messages at the resource. */
  async #operate<T>(request: Asking, run: () => Promise<T>): Promise<T> {
    const limit = timeLimit(request.getTimeout());
    const signal = limit ? AbortSignal.any([limit, this.#cancelling.signal]) : this.#cancelling.signal;
    const engine = this.#engine;
    const tell =
      engine && ((severity: "info" | "warning", text: string) => engine.tell(severity, text, request.getUrn()));
    const operation = perform({ signal, tell }, run);
    this.#running.add(operation);
    try {
      return await operation;
    } finally {
      this.#running.delete(operation);
      await engine?.heard();
    }
  }

  #context(request: Pick<Asking, "getUrn">): Context {
    const config = configOf(this.#config);
    const surroundings = this.#surroundings();
    return { config, environment: process.env, memory: this.#memory, urn: request.getUrn(), ...surroundings };
  }
}

/** The resource that a URN names. */
function resourceOf(urn: string): Resource {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? ""; // Behind the types of the components that it is part of.
  const [, name = ""] = /^jenkins:index:(.*)$/.exec(type) ?? [];
  const resource: Resource | undefined = Object.entries(resources).find(([known]) => known === name)?.[1];
  if (!resource) throw new RejectedError({ tried: `unknown resource ${type}` });
  return resource;
}

function checked(inputs: Properties, failures: CheckFailure[]): messages.CheckResponse {
  const shown = failures.map(({ property, reason }) => {
    return new messages.CheckFailure().setProperty(property).setReason(reason);
  });
  return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(shown);
}

/** The engine only says how long an operation may take; that it ends then is the provider's business. */
function timeLimit(seconds: number): AbortSignal | undefined {
  if (!seconds) return undefined;
  const over = new AbortController();
  const tried = `The custom timeout (${seconds} s) is over`;
  setTimeout(() => over.abort(new CancelledError({ tried })), Math.min(seconds * 1000, LONGEST_TIMER_MS)).unref();
  return over.signal;
}
