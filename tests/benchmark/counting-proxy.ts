import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { request } from "undici";

/** The traffic through the proxy. */
export interface Traffic {
  /** By method. */
  requests: { GET: number; POST: number };
  bytesSent: number;
  bytesReceived: number;
}

/** A proxy in front of any Jenkins. It passes everything on unchanged, and counts it. */
export class CountingProxy {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  readonly #requests = { GET: 0, POST: 0 };
  #taken: Traffic = { requests: { GET: 0, POST: 0 }, bytesSent: 0, bytesReceived: 0 };

  private constructor(server: ReturnType<typeof createServer>, target: URL) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, "")}`;
    this.#server = server;
    server.on("connection", (socket) => this.#sockets.add(socket));
    server.on("request", (message, response) => void this.#handOn(target.origin, message, response));
  }

  static async start(target: string): Promise<CountingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CountingProxy(server, new URL(target));
  }

  /** The traffic since the last call. */
  take(): Traffic {
    const sum = (of: "bytesRead" | "bytesWritten") => [...this.#sockets].reduce((all, socket) => all + socket[of], 0);
    const now = { requests: { ...this.#requests }, bytesSent: sum("bytesRead"), bytesReceived: sum("bytesWritten") };
    const { requests, bytesSent, bytesReceived } = this.#taken;
    this.#taken = now;
    return {
      requests: { GET: now.requests.GET - requests.GET, POST: now.requests.POST - requests.POST },
      bytesSent: now.bytesSent - bytesSent,
      bytesReceived: now.bytesReceived - bytesReceived,
    };
  }

  end(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handOn(origin: string, message: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = message.method === "POST" ? "POST" : "GET";
    this.#requests[method]++;
    const body = await buffer(message);
    const { connection, "transfer-encoding": chunked, ...headers } = message.headers;
    const sent = { method, headers, body: body.length > 0 ? body : null } as const;
    const reply = await request(origin + message.url, sent);
    const { connection: hop, "transfer-encoding": parts, ...answered } = reply.headers;
    response.writeHead(reply.statusCode, answered as Record<string, string>);
    response.end(await buffer(reply.body));
  }
}
