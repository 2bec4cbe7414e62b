/** The number and the bytes of the requests for each operation on a token. Also works on a real Jenkins. */
import { CountingProxy, type Traffic } from "./counting-proxy.ts";
import { type Controller, environmentOf, firstLogin, type Login, PREFIX, type Secret, type Server } from "./jenkins.ts";
import { type Bound, type Line, shown } from "./lines.ts";
import { declared, forAll, type Made, ResourceHost } from "./resource-hosts.ts";

const TOKENS = 10;

export async function requestLines(server: Server): Promise<Line[]> {
  const { controller, login } = firstLogin(server);
  const byToken = await linesOf(server, controller, login, "apiToken");
  return [...byToken, ...(login.password ? await linesOf(server, controller, login, "password") : [])];
}

async function linesOf(server: Server, controller: Controller, login: Login, by: Secret): Promise<Line[]> {
  const part = `requests, ${by === "password" ? "password" : "token"} login`;
  const proxy = await CountingProxy.start(controller.url);
  const host = await ResourceHost.start(environmentOf({ ...controller, url: proxy.url }, login, by));
  const lines: Line[] = [];
  let gets = 0;
  const counted = async <T>(what: string, postsEach: number, run: () => Promise<T>): Promise<T> => {
    proxy.take();
    const result = await run();
    const traffic = proxy.take();
    gets += traffic.requests.GET;
    lines.push(posts(part, what, traffic.requests.POST / TOKENS, postsEach), bytes(part, what, traffic));
    return result;
  };
  await server.take();
  const unnamed = declared(TOKENS, controller, [login]).map(({ autoName, __provider }) => ({ autoName, __provider }));
  const named = unnamed.map((inputs, index) => ({ ...inputs, tokenName: `${PREFIX} ${index}` }));
  // These tokens log in, all at once like in the engine. The requests of the login belong to no single token.
  const first = await forAll(unnamed, (one) => host.make(one));
  gets += proxy.take().requests.GET;
  const tokens = await counted("created", 1, () => forAll(unnamed, (one) => host.make(one)));
  const own = await counted("created with a declared name", 2, () => forAll(named, (one) => host.make(one)));
  await counted("compared", 0, () => forAll(tokens, ({ id, outs, inputs }) => host.diff(id, outs, inputs)));
  await counted("read", 0, () => forAll(tokens, ({ id, outs }) => host.read(id, outs)));
  await counted("renamed", 1, () => forAll(tokens, (token) => rename(host, token)));
  await counted("revoked", 1, () => forAll(tokens, ({ id, outs }) => host.delete(id, outs)));
  await forAll([...first, ...own], ({ id, outs }) => host.delete(id, outs));
  await host.end();
  proxy.end();
  const asked = await server.take();
  const bound: Bound = { atMost: by === "password" ? 5 : 3 };
  return [
    ...lines,
    shown({ part, what: "GETs of the process", unit: "", bound }, gets),
    ...(by === "password" && asked
      ? [shown({ part, what: "password checks on the server", unit: "", bound: { exactly: 1 } }, asked.passwordChecks)]
      : []),
  ];
}

async function rename(host: ResourceHost, { id, inputs, outs }: Made): Promise<void> {
  await host.update(id, outs, { ...inputs, tokenName: `${outs["tokenName"]} renamed` });
}

function posts(part: string, what: string, count: number, exactly: number): Line {
  return shown({ part, what: `POSTs per token ${what}`, unit: "", bound: { exactly } }, count);
}

function bytes(part: string, what: string, { bytesSent, bytesReceived }: Traffic): Line {
  return shown({ part, what: `bytes per token ${what}`, unit: "B" }, (bytesSent + bytesReceived) / TOKENS);
}
