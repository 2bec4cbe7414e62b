/** Ports of 127.0.0.1 that refuse connections, and that no other server receives. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

export interface HeldPort {
  port: number;
  url: string;
  /** Frees the port for the next server. A port that is not released is held until this process ends. */
  release(): void;
}

/**
 * Holds `port`, or any free port. A closed server's port goes to the next server of any process. Here, a client's socket
 * is bound to the port: the system refuses connections to it, and gives the port to nobody else.
 */
export async function heldPort(port = 0): Promise<HeldPort> {
  const server = createServer((socket) => socket.on("error", () => undefined).unref()).listen(0, "127.0.0.1");
  await once(server.unref(), "listening");
  const there = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const holder = connect({ ...there, localAddress: "127.0.0.1", localPort: port });
  await once(holder, "connect");
  holder.on("error", () => undefined).unref();
  const held = holder.localPort ?? port;
  const release = () => {
    holder.resetAndDestroy(); // After an orderly end, the port would be blocked for a minute on some systems.
    server.close();
  };
  return { port: held, url: `http://127.0.0.1:${held}`, release };
}

/** Closes a server, and holds its port. Between the two steps, another process may take the port: then this fails. */
export async function takeDown(server: { url: string; close(): Promise<unknown> }): Promise<HeldPort> {
  await server.close();
  return await heldPort(Number(new URL(server.url).port));
}
