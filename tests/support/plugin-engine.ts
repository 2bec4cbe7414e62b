/** The service of Pulumi's engine that receives a plugin's messages. */
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type messages from "@pulumi/pulumi/proto/engine_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";

export interface Message {
  severity: string;
  message: string;
  urn: string;
}

const SEVERITIES = ["debug", "info", "warning", "error"];

export class Engine {
  readonly address: string;
  /** The messages, in order. */
  readonly told: Message[] = [];
  readonly #server: Server;
  readonly #telling = new EventEmitter();

  constructor(server: Server, port: number) {
    this.address = `127.0.0.1:${port}`;
    this.#server = server;
  }

  hear(message: Message): void {
    this.told.push(message);
    this.#telling.emit("told");
  }

  /** Waits for a message that matches `pattern`, after the first `from` messages. */
  async heard(pattern: RegExp, from = 0): Promise<Message> {
    for (;;) {
      const found = this.told.slice(from).find(({ message }) => pattern.test(message));
      if (found) return found;
      await once(this.#telling, "told");
    }
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

/** @param hearsAfterMs the delay with which it acknowledges a message. */
export async function startEngine({ hearsAfterMs = 0 } = {}): Promise<Engine> {
  const server = new Server();
  const log = async (
    { request }: ServerUnaryCall<messages.LogRequest, empties.Empty>,
    reply: sendUnaryData<empties.Empty>,
  ) => {
    if (hearsAfterMs > 0) await sleep(hearsAfterMs);
    const severity = SEVERITIES[request.getSeverity()] ?? "";
    engine.hear({ severity, message: request.getMessage(), urn: request.getUrn() });
    reply(null, new empties.Empty());
  };
  server.addService(services.EngineService, { log });
  const port = await new Promise<number>((resolve, reject) => {
    const done = (error: Error | null, bound: number) => (error ? reject(error) : resolve(bound));
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), done);
  });
  const engine = new Engine(server, port);
  return engine;
}
