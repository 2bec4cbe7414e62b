/** Sends one request to a server of a test, without authentication and retries. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { UnreachableError } from "../../provider/errors.ts";
import { exchange } from "../../provider/jenkins/exchange.ts";
import { dispatchFor, type Reply, type Transport } from "../../provider/jenkins/http.ts";

export type Dispatch = Parameters<typeof exchange>[1];

/** Makes `server` listen, and returns its port. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export async function post(
  url: string,
  transport: Transport = {},
  dispatch?: Dispatch,
  timeoutMs = 30_000,
): Promise<Reply> {
  const request = { tried: "Trying", method: "POST", url, headers: {}, form: { a: "b" } } as const;
  return await exchange(request, dispatch ?? (await dispatchFor(transport)), timeoutMs, transport.proxy);
}

/** The error of a request without a reply. */
export async function failed(reply: Promise<unknown>): Promise<Error> {
  return await reply.then(
    () => assert.fail("got a reply"),
    (error: Error) => error,
  );
}

/** The words and the remedy of an UnreachableError, and what the error says about the request. */
export async function unreachable(
  reply: Promise<unknown>,
): Promise<Pick<UnreachableError, "effect" | "isDown" | "mayPass"> & { says: string }> {
  const error = await failed(reply);
  assert.ok(error instanceof UnreachableError, String(error));
  const { effect, isDown, mayPass, message } = error;
  return { says: message.replace(/^Trying failed: POST \S+: /, ""), effect, isDown, mayPass };
}
