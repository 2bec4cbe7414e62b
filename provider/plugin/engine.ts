/** The messages that the plugin sends to Pulumi's engine. */
import { credentials } from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";

/** The engine that started this plugin, or attached to it. */
export class Engine {
  readonly #client: rpc.EngineClient;
  #told: Promise<void> = Promise.resolve();

  constructor(address: string) {
    this.#client = new rpc.EngineClient(address, credentials.createInsecure());
  }

  /** Shows a message beside the resource with this URN. */
  tell(severity: "info" | "warning", message: string, urn: string): void {
    const request = new messages.LogRequest();
    request.setSeverity(severity === "info" ? messages.LogSeverity.INFO : messages.LogSeverity.WARNING);
    request.setMessage(message);
    request.setUrn(urn);
    const told = new Promise<void>((resolve) => this.#client.log(request, () => resolve()));
    this.#told = Promise.all([this.#told, told]).then(() => undefined);
  }

  /** Waits until the engine has received all messages. After the reply to its call, the engine may exit. */
  async heard(): Promise<void> {
    await this.#told;
  }
}
