/** The gRPC server in which a plugin answers Pulumi's engine. */
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import anys from "google-protobuf/google/protobuf/any_pb.js";
import { reportable, UnfinishedTokenError } from "../errors.ts";
import { toStruct } from "./codec.ts";
import type { Plugin } from "./plugin.ts";

// biome-ignore lint/suspicious/noExplicitAny: each method knows what it is asked; here only its name is known
type Answer = (request: any) => unknown;

const LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024; // As Pulumi's own.

/** Listens on a free port of this machine alone. */
export async function serve(plugin: Plugin): Promise<{ server: Server; port: number }> {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
    "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
  });
  const service = services.ResourceProviderService;
  const answers = Object.keys(service).filter((name) => name in plugin); // gRPC says of the others that there are none.
  server.addService(
    service,
    Object.fromEntries(answers.map((name) => [name, unary(plugin, plugin[name as keyof Plugin] as Answer)])),
  );
  const port = await new Promise<number>((resolve, reject) => {
    const done = (error: Error | null, bound: number) => (error ? reject(error) : resolve(bound));
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), done);
  });
  return { server, port };
}

function unary(plugin: Plugin, answer: Answer) {
  return async ({ request }: ServerUnaryCall<unknown, unknown>, reply: sendUnaryData<unknown>) => {
    try {
      reply(null, await answer.call(plugin, request));
    } catch (error) {
      const { message } = reportable(error);
      reply({ code: status.UNKNOWN, details: message, metadata: metadataOf(error) });
    }
  };
}

/** The record of what could not be finished, which the engine keeps in the state. */
function metadataOf(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof UnfinishedTokenError)) return metadata;
  const failed = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.properties))
    .setReasonsList(error.reasons);
  const detail = new anys.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const described = new statuses.Status();
  described.setCode(status.UNKNOWN);
  described.setMessage(error.message);
  described.setDetailsList([detail]);
  metadata.add("grpc-status-details-bin", Buffer.from(described.serializeBinary()));
  return metadata;
}
