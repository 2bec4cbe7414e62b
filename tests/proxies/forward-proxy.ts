/** A proxy on the way to Jenkins, as companies have one: forwards requests, tunnels for `CONNECT`, may want a login. */
import { createServer, request as forward, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface ForwardProxy {
  /** Without userinfo. */
  url: string;
  /** Method and target of every request. */
  seen: string[];
  close(): Promise<void>;
}

/** @param login "user:password" that is wanted of whoever uses it. */
export async function startForwardProxy(login?: string): Promise<ForwardProxy> {
  const seen: string[] = [];
  const wanted = login && `Basic ${Buffer.from(login).toString("base64")}`;
  const refusal =
    "<html><head><title>Proxy Authentication Required</title></head><body>Ask the help desk</body></html>";

  const server: Server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (wanted && request.headers["proxy-authorization"] !== wanted) {
      response.writeHead(407, { "proxy-authenticate": "Basic", "content-type": "text/html" }).end(refusal);
      return;
    }
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = forward(request.url ?? "", { method: request.method ?? "GET", headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    socket.on("error", () => socket.destroy());
    if (wanted && request.headers["proxy-authorization"] !== wanted) {
      socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n${refusal}`);
      return;
    }
    const [host = "", port] = (request.url ?? "").split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
