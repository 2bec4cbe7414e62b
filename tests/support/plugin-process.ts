/** Starts and calls the native provider plugin in the way of the engine. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import {
  type Asking,
  answer,
  changesIn,
  checked,
  Host,
  type Properties,
  propertiesOf,
  serving,
  structOf,
  URN,
} from "./host.ts";

const { PULUMI_JENKINS_PLUGIN } = process.env;

/** How to start the plugin: the named executable, or the sources by default. */
export const PLUGIN = PULUMI_JENKINS_PLUGIN
  ? [PULUMI_JENKINS_PLUGIN]
  : [process.execPath, fileURLToPath(new URL("../../provider/plugin/main.ts", import.meta.url))];

const KINDS = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];

/** The reply to a diff: the difference of each property, and the result as a whole. */
export interface Difference {
  changes: string;
  replaces: string[];
  detailed: Record<string, string>;
}

export class PluginProcess extends Host {
  /** Reads with inputs, which only a plugin receives and returns. */
  override async read(
    id: string,
    properties: Properties = {},
    { urn = URN, inputs = {}, timeout = 0 }: Asking & { inputs?: Properties } = {},
  ): Promise<{ id: string; outs: Properties; inputs: Properties }> {
    const request = new messages.ReadRequest().setId(id).setUrn(urn).setTimeout(timeout);
    // An import has no inputs and no properties.
    if (Object.keys(properties).length > 0) request.setProperties(structOf(properties));
    if (Object.keys(inputs).length > 0) request.setInputs(structOf(inputs));
    const reply = await answer<messages.ReadResponse>("read", (done) => this.client.read(request, done));
    const [outs, read] = [propertiesOf(reply.getProperties()), propertiesOf(reply.getInputs())];
    return { id: reply.getId(), outs, inputs: read };
  }

  async difference(id: string, olds: Properties, news: Properties, urn = URN): Promise<Difference> {
    const request = new messages.DiffRequest().setId(id).setUrn(urn).setOlds(structOf(olds)).setNews(structOf(news));
    return differenceIn(await answer("diff", (done) => this.client.diff(request, done)));
  }

  async checkConfig(
    news: Properties,
    urn = "urn:pulumi:dev::shop::pulumi:providers:jenkins::own",
  ): Promise<{ inputs: Properties; failures: Properties[] }> {
    const request = new messages.CheckRequest().setUrn(urn).setNews(structOf(news));
    return checked(await answer("checkConfig", (done) => this.client.checkConfig(request, done)));
  }

  async diffConfig(olds: Properties, news: Properties): Promise<Difference> {
    const request = new messages.DiffRequest().setOldInputs(structOf(olds)).setNews(structOf(news));
    return differenceIn(await answer("diffConfig", (done) => this.client.diffConfig(request, done)));
  }

  /** Calls a function of the provider. */
  async invoke(tok: string, args: Properties = {}): Promise<Properties> {
    const request = new messages.InvokeRequest().setTok(tok).setArgs(structOf(args));
    const reply = await answer<messages.InvokeResponse>("invoke", (done) => this.client.invoke(request, done));
    return propertiesOf(reply.getReturn());
  }

  async call(tok: string): Promise<void> {
    const request = new messages.CallRequest().setTok(tok);
    await answer("call", (done) => this.client.call(request, done));
  }

  async construct(type: string): Promise<void> {
    const request = new messages.ConstructRequest().setType(type);
    await answer("construct", (done) => this.client.construct(request, done));
  }

  async schema(): Promise<unknown> {
    const request = new messages.GetSchemaRequest();
    const reply = await answer<messages.GetSchemaResponse>("getSchema", (done) => this.client.getSchema(request, done));
    return JSON.parse(reply.getSchema());
  }

  async version(): Promise<string> {
    const request = new empties.Empty();
    const reply = await answer<plugins.PluginInfo>("getPluginInfo", (done) => this.client.getPluginInfo(request, done));
    return reply.getVersion();
  }

  async attach(engineAddress: string): Promise<void> {
    const request = new plugins.PluginAttach().setAddress(engineAddress);
    await answer("attach", (done) => this.client.attach(request, done));
  }

  /** Does what the engine does after Ctrl+C. */
  async cancel(): Promise<void> {
    await answer("cancel", (done) => this.client.cancel(new empties.Empty(), done));
  }

  /** Waits until all earlier calls have progressed as far as they can. */
  async settled(): Promise<void> {
    await this.version();
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Waits until the process and everything that shares its outputs have ended, and returns how it ended. */
  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const [code, signal] = await once(this.process, "close");
    return { code, signal };
  }
}

export interface Starting {
  environment?: Record<string, string>;
  config?: Record<string, string>;
  /** The address of the engine. Without it, the plugin starts as if by hand. */
  engine?: string;
}

export async function startPlugin({ environment = {}, config = {}, engine }: Starting = {}): Promise<PluginProcess> {
  const plugin = new PluginProcess(await serving([...PLUGIN, ...(engine ? [engine] : [])], environment));
  await plugin.configure(config);
  return plugin;
}

function differenceIn(reply: messages.DiffResponse): Difference {
  const detailed: Record<string, string> = {};
  reply.getDetaileddiffMap().forEach((difference: messages.PropertyDiff, path: string) => {
    detailed[path] = KINDS[difference.getKind()] ?? "";
  });
  return { changes: changesIn(reply), replaces: reply.getReplacesList(), detailed };
}
