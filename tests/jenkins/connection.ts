import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import type { Outcome } from "./interception.ts";
import type { Reply } from "./reply.ts";
import type { LoggedRequest } from "./request.ts";

/** Jetty does not compress shorter bodies. */
const minGzipSize = 32;

export function arrived(message: IncomingMessage, receivedAt: Date): LoggedRequest {
  const { method = "", url = "", headers, socket } = message;
  return { method, path: url, headers, form: {}, receivedAt, port: socket.remotePort };
}

/** Reads the body. Returns false if the client disconnected before its end: such a request never reaches Jenkins. */
export async function readForm(message: IncomingMessage, request: LoggedRequest): Promise<boolean> {
  const body = await text(message).catch(() => undefined);
  if (body === undefined) return false;
  const type = message.headers["content-type"] ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return true;
  for (const [name, value] of new URLSearchParams(body)) {
    if (!Object.hasOwn(request.form, name)) request.form[name] = value;
  }
  return true;
}

export async function send(response: ServerResponse, outcome: Outcome, request: LoggedRequest): Promise<void> {
  const { socket } = response.req;
  if (outcome === "reset") {
    socket.resetAndDestroy();
    return;
  }

  const { reply, bytes } = outcome;
  const { headers, body } = encoded(reply, request);
  request.status = reply.status;
  response.writeHead(reply.status, { ...headers, "Content-Length": body.length });
  if (bytes === undefined) {
    response.end(body);
    return;
  }
  // Waits for the written bytes, so that the reset does not overtake them.
  response.flushHeaders();
  await new Promise((written) => response.write(body.subarray(0, bytes), written));
  socket.resetAndDestroy();
}

function encoded(reply: Reply, request: LoggedRequest): { headers: Record<string, string>; body: Buffer } {
  const body = Buffer.from(reply.body);
  const isWanted = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const isCompressible =
    (reply.isCompressible ?? "Vary" in reply.headers) && body.length >= minGzipSize && request.method !== "HEAD";
  if (!isWanted || !isCompressible) return { headers: reply.headers, body };
  return { headers: { ...reply.headers, "Content-Encoding": "gzip" }, body: gzipSync(body) };
}
