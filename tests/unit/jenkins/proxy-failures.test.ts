import assert from "node:assert/strict";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Socket } from "node:net";
import { describe, it } from "mocha";
import { Clients } from "../../../provider/jenkins/client.ts";
import { resolveConnection } from "../../../provider/settings/connection.ts";
import { chooseProxy } from "../../../provider/settings/proxy.ts";
import { Clock } from "../../support/clock.ts";
import { failed, listening, post, unreachable } from "../../support/exchanges.ts";
import { heldPort } from "../../support/held-port.ts";
import { quick } from "../../support/quick.ts";

const UNUSED = "Name Jenkins in NO_PROXY if no proxy is needed to reach it.";

/** What the error says about a request to `url` through this proxy. */
async function through(environment: Record<string, string>, url: string, timeoutMs?: number) {
  const { proxy } = chooseProxy(url, environment);
  return await unreachable(post(url, { ...(proxy && { proxy }) }, undefined, timeoutMs));
}

describe("a forward proxy", () => {
  for (const [scheme, variable] of [
    ["http", "HTTP_PROXY"],
    ["https", "HTTPS_PROXY"],
    ["http", "http_proxy"],
  ] as const) {
    const url = `${scheme}://jenkins.example.com/`;

    it(`from ${variable} that is down is named without its login, and nothing is sent`, async () => {
      const { port } = await heldPort();
      const { says, ...rest } = await through({ [variable]: `http://joe:pass-of-joe@127.0.0.1:${port}/` }, url);
      assert.equal(
        says,
        `the proxy 127.0.0.1:${port} (from ${variable}) can't be used: the connection was refused. Check ${variable}. ${UNUSED}`,
      );
      assert.deepEqual(rest, { effect: "none", isDown: true, mayPass: false });
    });

    it(`from ${variable} whose host is unknown is named, and nothing is sent`, async () => {
      const { says, effect } = await through({ [variable]: "http://joe:p@ss@no-such-proxy.invalid:3128" }, url);
      assert.match(
        says,
        new RegExp(`^the proxy no-such-proxy\\.invalid:3128 \\(from ${variable}\\) can't be used: the host name `),
      );
      assert.equal(effect, "none");
    });
  }

  const refusals: [status: number, says: string, isDown: boolean][] = [
    [403, "It does not let the request through: name Jenkins in NO_PROXY, or allow the request there.", false],
    [407, "It wants a login: write user:password@ before the host in HTTPS_PROXY.", false],
    [503, `It can't reach Jenkins: check the url. ${UNUSED}`, true],
  ];
  for (const [status, remedy, isDown] of refusals) {
    it(`that answers ${status} to a request for a tunnel is named, and nothing is sent`, async () => {
      const server = createHttpServer();
      server.on("connect", (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
      const port = await listening(server);
      const { says, ...rest } = await through(
        { HTTPS_PROXY: `http://127.0.0.1:${port}` },
        "https://jenkins.example.com",
      );
      server.close();
      assert.equal(says, `the proxy 127.0.0.1:${port} (from HTTPS_PROXY) answered ${status}. ${remedy}`);
      assert.deepEqual(rest, { effect: "none", isDown, mayPass: false });
    });
  }

  it("that closes the connection instead of opening a tunnel is named, and nothing is sent", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).once("data", () => socket.end());
    });
    const port = await listening(server);
    const { says, effect } = await through({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, "https://jenkins.example.com");
    server.close();
    assert.match(
      says,
      new RegExp(
        `^the proxy 127\\.0\\.0\\.1:${port} \\(from HTTPS_PROXY\\) can't be used: it closed the connection\\. `,
      ),
    );
    assert.equal(effect, "none");
  });

  const strangers: [what: string, answer: string | Buffer, why: string, effect: string][] = [
    ["a port with TLS", Buffer.from("15030300020246", "hex"), "the server speaks TLS there", "none"],
    ["a port of SSH", "SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP", "possible"],
    ["a port of SOCKS", Buffer.from([5, 255]), "the answer is not HTTP", "possible"],
  ];
  for (const [what, answer, why, effectOfHttp] of strangers) {
    for (const scheme of ["http", "https"]) {
      const variable = `${scheme.toUpperCase()}_PROXY`;

      it(`from ${variable} that is ${what} is named, and not the url of Jenkins`, async () => {
        const server = createServer((socket) => {
          socket.on("error", () => undefined).once("data", () => socket.end(answer));
        });
        const port = await listening(server);
        const { says, effect } = await through(
          { [variable]: `http://127.0.0.1:${port}` },
          `${scheme}://jenkins.example.com`,
        );
        server.close();
        assert.equal(
          says,
          `the proxy 127.0.0.1:${port} (from ${variable}) can't be used: ${why}. Check ${variable}. ${UNUSED}`,
        );
        assert.equal(effect, scheme === "https" ? "none" : effectOfHttp);
      });
    }
  }

  it("that closes the connection of a plain request is named, and nobody is asked for https", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).once("data", () => socket.end());
    });
    const port = await listening(server);
    const { says } = await through({ HTTP_PROXY: `http://127.0.0.1:${port}` }, "http://jenkins.example.com");
    server.close();
    assert.equal(
      says,
      `the connection broke before the whole answer was there. Run again. If it fails again, look into Jenkins' own log, and into that of the proxy 127.0.0.1:${port} (from HTTP_PROXY).`,
    );
  });

  const resets: [when: string, reset: (socket: Socket) => void, says: RegExp][] = [
    [
      "as soon as it is open",
      (socket) => socket.resetAndDestroy(),
      /^the proxy 127\.0\.0\.1:\d+ \(from HTTPS_PROXY\) (can't be used: the connection was closed at once|or the server behind it closed the connection before the TLS handshake was over)\. Check HTTPS_PROXY\. /,
    ],
    [
      "when a tunnel is asked for",
      (socket) => socket.once("data", () => socket.resetAndDestroy()),
      /^the proxy 127\.0\.0\.1:\d+ \(from HTTPS_PROXY\) or the server behind it closed the connection before the TLS handshake was over\. Check HTTPS_PROXY\. /,
    ],
  ];
  for (const [when, reset, words] of resets) {
    it(`that resets the connection ${when} is named, and nothing is sent`, async () => {
      const server = createServer((socket) => reset(socket.on("error", () => undefined)));
      const port = await listening(server);
      const { says, effect } = await through(
        { HTTPS_PROXY: `http://127.0.0.1:${port}` },
        "https://jenkins.example.com",
      );
      server.close();
      assert.match(says, words);
      assert.equal(effect, "none");
    });
  }

  it("that never answers a request for a tunnel delays it no longer than its time limit", async () => {
    const clock = new Clock();
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined).once("data", () => clock.pass(5_000)));
    });
    const port = await listening(server);
    const HTTPS_PROXY = `http://127.0.0.1:${port}`;
    const { says } = await through({ HTTPS_PROXY }, "https://jenkins.example.com", 5_000).finally(() => clock.stop());
    server.close();
    for (const socket of sockets) socket.destroy();
    assert.match(
      says,
      /^no whole answer within 5 seconds\. .* check the proxy 127\.0\.0\.1:\d+ \(from HTTPS_PROXY\)\.$/,
    );
  });

  it("that does not accept its login causes an error that says so", async () => {
    const server = createHttpServer();
    server.on("connect", (_, socket) => socket.end("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"));
    const port = await listening(server);
    const { says } = await through({ HTTPS_PROXY: `http://joe:no@127.0.0.1:${port}` }, "https://jenkins.example.com");
    server.close();
    assert.match(
      says,
      /It does not accept the login: write the right user:password@ before the host in HTTPS_PROXY\.$/,
    );
  });

  for (const [status, says] of [
    [403, /or the forward proxy 127\.0\.0\.1:\d+ \(from http_proxy\), refuses the request/],
    [502, /The forward proxy 127\.0\.0\.1:\d+ \(from http_proxy\) may not reach Jenkins/],
  ] as const) {
    it(`that answers a plain request with ${status} is named, and the password that it quotes is not shown`, async () => {
      const refuse: RequestListener = (_, response) =>
        response.writeHead(status).end("joe may not come in with pass-of-joe");
      const server = createHttpServer(refuse);
      const port = await listening(server);
      const environment = {
        JENKINS_URL: "http://jenkins.example.com",
        JENKINS_USER_ID: "alice",
        JENKINS_API_TOKEN: "a-secret",
        http_proxy: `http://joe:pass-of-joe@127.0.0.1:${port}`,
      };
      const { url, login, transport } = resolveConnection(undefined, { config: undefined, environment });
      const client = new Clients().open(url, login, transport, quick);
      const { message } = await failed(client.whoAmI());
      server.close();
      assert.match(message, says);
      assert.doesNotMatch(message, /pass-of-joe/);
    });
  }

  it("that is not used for a Jenkins is not named in the error for a refused connection", async () => {
    const { port } = await heldPort();
    const { says } = await through(
      { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "127.0.0.1" },
      `http://127.0.0.1:${port}/`,
    );
    assert.equal(says, "the connection was refused. Is Jenkins running, and is this its address?");
  });
});
