import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A fault of one request on the wire. */
export type WireFault =
  /** Reset before the first byte is passed on. */
  | { kind: "reset" }
  /** Pass on all except the last bytes, then reset both sides. Jenkins never receives the whole request. */
  | { kind: "cut request"; missing: number }
  /** Pass back only the first bytes of the reply, headers included. Then reset, or close regularly. */
  | { kind: "cut reply"; after: number; end: "reset" | "close" }
  /** Pass back the reply. Then nothing listens for a while. */
  | { kind: "down after"; ms: number };

/** A TCP proxy before a Jenkins. Of HTTP it only recognises the beginning of a request. */
export class WireProxy {
  readonly url: string;
  /** Called for each request, before it is passed on. */
  meet: (() => WireFault | undefined) | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #port: number;

  constructor(server: Server, jenkinsUrl: string) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
    const { port } = new URL(jenkinsUrl);
    server.on("connection", (client) => this.#serve(client, connect(Number(port), "127.0.0.1")));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((closed) => this.#server.close(closed));
  }

  #serve(client: Socket, jenkins: Socket): void {
    let remaining: { bytes: number; end: "reset" | "close" } | undefined;
    for (const socket of [client, jenkins]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        jenkins.destroy();
      });
    }

    client.on("data", (bytes) => {
      const fault = /^(GET|POST) /.test(bytes.subarray(0, 5).toString("latin1")) ? this.meet?.() : undefined;
      if (fault?.kind === "reset") client.resetAndDestroy();
      else if (fault?.kind === "cut request") {
        jenkins.write(bytes.subarray(0, bytes.length - fault.missing), () => client.resetAndDestroy());
      } else jenkins.write(bytes);
      if (fault?.kind === "cut reply") remaining = { bytes: fault.after, end: fault.end };
      if (fault?.kind === "down after") jenkins.once("data", () => setImmediate(() => this.#goDown(fault.ms)));
    });

    jenkins.on("data", (bytes) => {
      if (!remaining || remaining.bytes > bytes.length) {
        if (remaining) remaining.bytes -= bytes.length;
        client.write(bytes);
        return;
      }
      const { end } = remaining;
      // Waits for the written bytes, so that the reset does not overtake them.
      client.write(bytes.subarray(0, remaining.bytes), () =>
        end === "reset" ? client.resetAndDestroy() : client.end(),
      );
      remaining = undefined;
      jenkins.pause();
    });
  }

  #goDown(ms: number): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    setTimeout(() => this.#server.listen(this.#port, "127.0.0.1"), ms);
  }
}

export async function startWireProxy(jenkinsUrl: string): Promise<WireProxy> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return new WireProxy(server, jenkinsUrl);
}
