/** The gRPC server through which Pulumi's engine calls the plugin. */
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import anys from "google-protobuf/google/protobuf/any_pb.js";
import { reportable, UnfinishedTokenError } from "../errors.ts";
import { isRefreshedFirst, toStruct } from "./codec.ts";
import type { Plugin } from "./plugin.ts";

// biome-ignore lint/suspicious/noExplicitAny: only the method knows the type of its request
type Answer = (request: any) => any;

const LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024; // The same as in Pulumi's own plugins.

/** Listens on a free port of 127.0.0.1. */
export async function serve(plugin: Plugin): Promise<{ server: Server; port: number }> {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
    "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
  });
  const service = services.ResourceProviderService;
  const answered = Object.entries(service).filter(([name]) => name in plugin); // gRPC answers that the other methods are not implemented.
  const handlers = answered.map(([name, { responseStream }]) => {
    const handle = responseStream ? streaming : unary;
    return [name, handle(plugin, plugin[name as keyof Plugin] as Answer)] as const;
  });
  server.addService(service, Object.fromEntries(handlers));
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
      reply(failureOf(error));
    }
  };
}

/** For a method whose reply is a stream. The plugin sends all parts at once. */
function streaming(plugin: Plugin, answer: Answer) {
  return async (call: ServerWritableStream<unknown, unknown>) => {
    try {
      for (const part of await answer.call(plugin, call.request)) call.write(part);
      call.end();
    } catch (error) {
      call.emit("error", failureOf(error));
    }
  };
}

function failureOf(error: unknown) {
  return { code: status.UNKNOWN, details: reportable(error).message, metadata: metadataOf(error) };
}

/** The record of an unfinished operation, which the engine stores in the state. */
function metadataOf(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof UnfinishedTokenError)) return metadata;
  const failed = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.properties))
    .setRefreshBeforeUpdate(isRefreshedFirst(error.properties))
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
