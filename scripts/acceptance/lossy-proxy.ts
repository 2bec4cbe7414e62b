import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { dispatchFor, type Transport } from "../../provider/jenkins/http.ts";

export interface LossyProxy {
  /** The URL of the same Jenkins, through this proxy. */
  url: string;
  /** Drops the reply to the next request whose path ends with this text, after Jenkins has carried out the request. */
  loseReplyTo: (path: string) => void;
  close: () => void;
}

/** A proxy that drops replies, for a real Jenkins that the cases must not break. */
export async function startLossyProxy(jenkinsUrl: string, transport: Transport): Promise<LossyProxy> {
  const { origin, pathname } = new URL(jenkinsUrl);
  const dispatch = await dispatchFor(transport);
  let lost: string | undefined;

  const server = createServer((message, response) => {
    forward(message, origin, dispatch).then(
      ({ status, headers, body }) => {
        if (lost && message.url?.endsWith(lost)) {
          lost = undefined;
          message.socket.resetAndDestroy();
          return;
        }
        const { "transfer-encoding": _, ...kept } = headers;
        response.writeHead(status, { ...kept, "content-length": body.length }).end(body);
      },
      () => message.socket.resetAndDestroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname.replace(/\/$/, "")}`,
    loseReplyTo: (path) => {
      lost = path;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

type Dispatch = Awaited<ReturnType<typeof dispatchFor>>;

async function forward(message: IncomingMessage, origin: string, dispatch: Dispatch) {
  // Without `via`: the request passes the proxy in HTTP_PROXY twice, and that proxy would treat a `via` as a loop.
  const { connection, host, via, ...headers } = message.headers;
  const { method = "GET", url: path = "/" } = message;
  const body = method === "POST" ? Buffer.concat(await message.toArray()) : null;
  const reply = await dispatch({ origin, path, method: method as "GET" | "POST", headers, body });
  return { status: reply.statusCode, headers: reply.headers, body: Buffer.from(await reply.body.arrayBuffer()) };
}
