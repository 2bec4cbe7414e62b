/** The plugin in this process, and a bare client of it, for calls that the helpers of the resources do not make. */
import { credentials } from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { Plugin } from "../../provider/plugin/plugin.ts";
import { serve } from "../../provider/plugin/server.ts";
import { quick } from "./quick.ts";

export interface PluginClient {
  client: rpc.ResourceProviderClient;
  close: () => void;
}

/** Serves the plugin, and configures it as an administrator of the Jenkins at `url`. */
export async function pluginClient(url: string): Promise<PluginClient> {
  const { server, port } = await serve(new Plugin(undefined, () => ({ environment: {}, limits: quick })));
  const client = new rpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const config = { url, username: "admin", password: "admin-password" };
  const request = new messages.ConfigureRequest().setArgs(structs.Struct.fromJavaScript(config));
  await new Promise((resolve) => client.configure(request, resolve));
  const close = () => {
    client.close();
    server.forceShutdown();
  };
  return { client, close };
}
