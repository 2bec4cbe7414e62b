/**
 * The methods of a native provider, in the order in which Pulumi's engine calls them. They use the same life cycle as the dynamic
 * resource.
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
import type { Properties, Resource } from "../resources/resource.ts";
import type { CheckFailure } from "../settings/failure.ts";
import { fromStruct, holdsUnknown, isRefreshedFirst, toStruct, withTexts } from "./codec.ts";
import { configFailures, configOf, configWarnings } from "./config.ts";
import { compared } from "./differences.ts";
import { Engine } from "./engine.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1; // 24.8 days. A longer timer would fire at once.

/** The URN and the timeout of a request. */
interface Asking {
  getUrn(): string;
  getTimeout(): number;
}

/** A function call has no resource and no timeout. */
const BY_PROGRAM: Asking = { getUrn: () => "", getTimeout: () => 0 };

export class Plugin {
  readonly #surroundings: () => Partial<Context>;
  readonly #running = new Set<Promise<unknown>>();
  #engine: Engine | undefined;
  #config = configOf({});
  #cancelling = new AbortController();
  readonly #memory = new Memory();

  /** @param surroundings replaces the environment, the clock and the limits in tests. */
  constructor(engineAddress?: string, surroundings: () => Partial<Context> = () => ({})) {
    if (engineAddress) this.#engine = new Engine(engineAddress);
    this.#surroundings = surroundings;
  }

  /** Announces no support for secrets, so the engine sends secrets unwrapped, and marks them again afterwards. */
  handshake(): messages.ProviderHandshakeResponse {
    return new messages.ProviderHandshakeResponse().setSupportsAutonamingConfiguration(true);
  }

  getPluginInfo(): plugins.PluginInfo {
    return new plugins.PluginInfo().setVersion(schema.version);
  }

  /** Called by the engine when somebody debugs a plugin that was started by hand. */
  attach(request: plugins.PluginAttach): empties.Empty {
    this.#engine = new Engine(request.getAddress());
    return new empties.Empty();
  }

  getSchema(): messages.GetSchemaResponse {
    return new messages.GetSchemaResponse().setSchema(JSON.stringify(schema));
  }

  /** Returns no values of the environment, because the engine would store them in the state. */
  async checkConfig(request: messages.CheckRequest): Promise<messages.CheckResponse> {
    const [config, urn] = [fromStruct(request.getNews()), request.getUrn()];
    for (const warning of configWarnings(config, urn)) this.#engine?.tell("warning", warning, urn);
    await this.#engine?.heard();
    return checkResponse(config, configFailures(config, urn));
  }

  /** A changed config never replaces the provider. The diff of each token decides what the change means for the token. */
  diffConfig(request: messages.DiffRequest): messages.DiffResponse {
    const [olds, news] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
    const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    return compared(olds, news, {
      replaces: [],
      updates: names.filter((name) => !isDeepStrictEqual(olds[name], news[name])),
    });
  }

  configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    this.#config = configOf(fromStruct(request.getArgs()), request.getUrn());
    this.#cancelling = new AbortController(); // A plugin that is being debugged serves several runs.
    return new messages.ConfigureResponse().setSupportspreview(true).setSupportsAutonamingConfiguration(true);
  }

  check(request: messages.CheckRequest): messages.CheckResponse {
    const [, stack, project] = /^urn:pulumi:(.*?)::(.*?)::/.exec(request.getUrn()) ?? [];
    const news = { ...withTexts(fromStruct(request.getNews())), autoName: `${project}/${stack}/${request.getName()}` };
    const olds = fromStruct(request.getOlds());
    const autonaming = request.getAutonaming() && { proposedName: request.getAutonaming()?.getProposedName() ?? "" };
    const context = { ...this.#context(request), autonaming };
    const { inputs, failures } = resourceOf(request.getUrn()).check(olds, news, context);
    return checkResponse(inputs, failures);
  }

  async diff(request: messages.DiffRequest): Promise<messages.DiffResponse> {
    const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const asking = { getUrn: () => request.getUrn(), getTimeout: () => 0 };
    const changes = await this.#operate(asking, async () => {
      return resourceOf(request.getUrn()).diff(request.getId(), olds, news, this.#context(request));
    });
    return compared(olds, news, changes);
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
    return response.setId(id).setProperties(toStruct(outs)).setRefreshBeforeUpdate(isRefreshedFirst(outs));
  }

  /** Refreshes a token of the state. For a token that is imported or looked up, it also returns the inputs. */
  async read(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const properties = fromStruct(request.getProperties());
    const read = await this.#operate(request, () =>
      resourceOf(request.getUrn()).read(request.getId(), properties, this.#context(request)),
    );
    const response = new messages.ReadResponse().setId(read.id);
    if (!read.id) return response;
    return response
      .setProperties(toStruct(read.props))
      .setInputs(toStruct(read.inputs ?? fromStruct(request.getInputs())))
      .setRefreshBeforeUpdate(isRefreshedFirst(read.props));
  }

  async update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const [resource, id, context] = [resourceOf(request.getUrn()), request.getId(), this.#context(request)];
    refuseInPlace(id, resource.diff(id, olds, news, context).replaces);
    const response = new messages.UpdateResponse();
    if (request.getPreview()) return response.setProperties(toStruct(resource.previewUpdate(id, olds, news, context)));
    const update = () => resource.update(id, olds, news, context);
    const { outs } = await this.#operate(request, update);
    return response.setProperties(toStruct(outs)).setRefreshBeforeUpdate(isRefreshedFirst(outs));
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

  /** The ids of a user's tokens, as `pulumi import` accepts them. The query is the same as for `getApiTokens`. */
  async list(request: messages.ListRequest): Promise<messages.ListResponse[]> {
    const token = request.getToken();
    if (token !== "jenkins:index:ApiToken") throw new RejectedError({ tried: `${token} has no list` });
    const query = fromStruct(request.getQuery());
    if (holdsUnknown(query)) return [new messages.ListResponse().setComputed(new messages.ListResponse.Computed())];
    const { userId, tokens } = await this.#operate(BY_PROGRAM, () => getApiTokens(query, this.#context(BY_PROGRAM)));
    return pageOf(
      tokens.map(({ tokenUuid, tokenName }) => resultOf(`${userId}/${tokenUuid}`, tokenName)),
      request,
    );
  }

  /** Cancels all running operations. The engine also calls it at the end of every run, when none is running. */
  cancel(): empties.Empty {
    this.#cancelling.abort(new CancelledError({ tried: "Pulumi was interrupted" }));
    return new empties.Empty();
  }

  /** Waits until no operation is running. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Runs an operation within the request's timeout, and shows its messages beside the resource. */
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
    const [config, surroundings] = [this.#config, this.#surroundings()];
    return { config, environment: process.env, memory: this.#memory, urn: request.getUrn(), ...surroundings };
  }
}

/** The resource that a URN names. */
function resourceOf(urn: string): Resource {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? ""; // The types of its parent components come first.
  const [, name = ""] = /^jenkins:index:(.*)$/.exec(type) ?? [];
  const resource: Resource | undefined = Object.entries(resources).find(([known]) => known === name)?.[1];
  if (!resource) throw new RejectedError({ tried: `unknown resource ${type}` });
  return resource;
}

/** Refuses an update of properties that need a replacement. The engine never sends one, but `pulumi do --stateless patch` does. */
function refuseInPlace(id: string, replaces: string[]): void {
  const names = replaces.filter((name) => name !== "expiresOn"); // The token may have expired since the diff.
  if (names.length === 0) return;
  const tried = `${names.join(", ")} of ${id} can't be changed, because only another token can have it`;
  throw new RejectedError({
    tried,
    remedy: "Use `pulumi do` without `--stateless`, or `pulumi up`: both replace the token.",
  });
}

function checkResponse(inputs: Properties, failures: CheckFailure[]): messages.CheckResponse {
  const shown = failures.map(({ property, reason }) => {
    return new messages.CheckFailure().setProperty(property).setReason(reason);
  });
  return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(shown);
}

function resultOf(id: string, name: string): messages.ListResponse {
  return new messages.ListResponse().setResult(new messages.ListResponse.Result().setId(id).setName(name));
}

/** The requested page of a list, and where the next page begins. Without a page size, the whole list. */
function pageOf(results: messages.ListResponse[], request: messages.ListRequest): messages.ListResponse[] {
  const wanted = request.getLimit() > 0 ? results.slice(0, request.getLimit()) : results;
  const token = request.getContinuationToken();
  if (!/^\d{0,9}$/.test(token)) throw new RejectedError({ tried: `This list has no page "${token}"` });
  const from = Number(token);
  const to = request.getPageSize() > 0 ? from + request.getPageSize() : wanted.length;
  const page = wanted.slice(from, to);
  if (to >= wanted.length) return page;
  const next = new messages.ListResponse.Continuation().setContinuationToken(String(to));
  return [...page, new messages.ListResponse().setContinuation(next)];
}

/** The engine only passes the timeout of an operation. The provider has to enforce it. */
function timeLimit(seconds: number): AbortSignal | undefined {
  if (!seconds) return undefined;
  const over = new AbortController();
  const tried = `The custom timeout (${seconds} s) is over`;
  setTimeout(() => over.abort(new CancelledError({ tried })), Math.min(seconds * 1000, LONGEST_TIMER_MS)).unref();
  return over.signal;
}
