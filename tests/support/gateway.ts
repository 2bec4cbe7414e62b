/** A gateway with TLS before Jenkins. It requires its own header, and optionally a client certificate. */
import { type IncomingHttpHeaders, type IncomingMessage, request as onward, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { certificate, clientCertificate, key } from "./tls.ts";

export interface Gateway {
  url: string;
  /** The headers of each request. */
  seen: IncomingHttpHeaders[];
  close(): Promise<void>;
}

export interface Wanted {
  header?: [name: string, value: string];
  /** Whether a client has to present the certificate in `tls.ts`. */
  certificate?: boolean;
}

/** @param behind the URL of the Jenkins that receives the requests. */
export async function startGateway(
  behind: string,
  { header, certificate: isStrict = false }: Wanted,
): Promise<Gateway> {
  const seen: IncomingHttpHeaders[] = [];
  const mutual = { requestCert: isStrict, rejectUnauthorized: isStrict, ca: [clientCertificate] };
  const server = createServer({ cert: certificate, key, ...mutual }, (request, response) => {
    seen.push(request.headers);
    const [name, value] = header ?? [];
    if (name && request.headers[name.toLowerCase()] !== value) response.writeHead(403).end("<h1>Who are you?</h1>");
    else pass(request, response, behind);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function pass(request: IncomingMessage, response: ServerResponse, behind: string): void {
  const { method = "GET", headers, url: path = "" } = request;
  const passed = onward(new URL(path, behind), { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  request.pipe(passed);
}
