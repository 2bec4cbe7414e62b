/** What the plugin tells Pulumi's engine of its own accord. */
import { credentials } from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";

/** The engine that has started this plugin, or has attached itself to it. */
export class Engine {
  readonly #client: rpc.EngineClient;
  #told: Promise<void> = Promise.resolve();

  constructor(address: string) {
    this.#client = new rpc.EngineClient(address, credentials.createInsecure());
  }

  /** Shows a message at the resource of this URN. */
  tell(severity: "info" | "warning", message: string, urn: string): void {
    const request = new messages.LogRequest();
    request.setSeverity(severity === "info" ? messages.LogSeverity.INFO : messages.LogSeverity.WARNING);
    request.setMessage(message);
    request.setUrn(urn);
    const told = new Promise<void>((resolve) => this.#client.log(request, () => resolve()));
    this.#told = Promise.all([this.#told, told]).then(() => undefined);
  }

  /** When the engine has heard all of it: with the answer to its call it may end. */
  async heard(): Promise<void> {
    await this.#told;
  }
}
