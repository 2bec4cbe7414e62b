/** A forward proxy, as in a company network: it forwards requests, tunnels for `CONNECT`, and may require credentials. */
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

export interface ForwardProxy {
  /** The URL without credentials. */
  url: string;
  /** Method and target of every request. */
  seen: string[];
  /** Called for each request for a tunnel. */
  onConnect?: (request: IncomingMessage) => unknown;
  close(): Promise<void>;
}

const REFUSAL = "<html><head><title>Proxy Authentication Required</title></head><body>Ask the help desk</body></html>";

/** @param login "user:password". The proxy refuses a client without these credentials. */
export async function startForwardProxy(login?: string): Promise<ForwardProxy> {
  const seen: string[] = [];
  const wanted = login && `Basic ${Buffer.from(login).toString("base64")}`;
  const isRefused = ({ headers }: IncomingMessage) => wanted && headers["proxy-authorization"] !== wanted;

  const server: Server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (isRefused(request)) {
      response.writeHead(407, { "proxy-authenticate": "Basic", "content-type": "text/html" }).end(REFUSAL);
    } else forwardOnward(request, response);
  });
  server.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    proxy.onConnect?.(request);
    socket.on("error", () => socket.destroy());
    if (isRefused(request)) {
      socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n${REFUSAL}`);
    } else tunnel(request, socket);
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: ForwardProxy = {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

function forwardOnward(request: IncomingMessage, response: ServerResponse): void {
  const { "proxy-authorization": _, ...headers } = request.headers;
  const onward = forward(request.url ?? "", { method: request.method ?? "GET", headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onward.on("error", () => response.writeHead(502).end());
  request.pipe(onward);
}

function tunnel({ url = "" }: IncomingMessage, socket: Duplex): void {
  const [host = "", port] = url.split(":");
  const onward = connect(Number(port), host, () => {
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("close", () => onward.destroy());
}

/** Runs `act` with a proxy that asks for this login, if there is one. */
export async function withProxy(login: string | undefined, act: (proxy: ForwardProxy) => Promise<void>): Promise<void> {
  const proxy = await startForwardProxy(login);
  try {
    await act(proxy);
  } finally {
    await proxy.close();
  }
}
