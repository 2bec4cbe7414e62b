/** The native provider plugin, started from its sources and asked as the engine does it. */
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

export const MAIN = fileURLToPath(new URL("../../provider/plugin/main.ts", import.meta.url));

const KINDS = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];

/** The difference that a diff shows, property by property, beside what it means as a whole. */
export interface Difference {
  changes: string;
  replaces: string[];
  detailed: Record<string, string>;
}

export class PluginProcess extends Host {
  /** With the inputs, which only a plugin is told and answers. */
  override async read(
    id: string,
    properties: Properties = {},
    { urn = URN, inputs = {}, timeout = 0 }: Asking & { inputs?: Properties } = {},
  ): Promise<{ id: string; outs: Properties; inputs: Properties }> {
    const request = new messages.ReadRequest().setId(id).setUrn(urn).setTimeout(timeout);
    // An import has neither.
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

  /** What a function of the provider is answered. */
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

  /** What an engine does whose user has pressed Ctrl-C. */
  async cancel(): Promise<void> {
    await answer("cancel", (done) => this.client.cancel(new empties.Empty(), done));
  }

  /** When everything that it was asked before has got as far as it can. */
  async settled(): Promise<void> {
    await this.version();
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** How it ended: itself and all that writes where it does. */
  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const [code, signal] = await once(this.process, "close");
    return { code, signal };
  }
}

export interface Starting {
  environment?: Record<string, string>;
  config?: Record<string, string>;
  /** The address of the engine; none unless given, as when somebody starts it by hand. */
  engine?: string;
}

export async function startPlugin({ environment = {}, config = {}, engine }: Starting = {}): Promise<PluginProcess> {
  const plugin = new PluginProcess(await serving([MAIN, ...(engine ? [engine] : [])], environment));
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
