import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, it } from "mocha";
import { type JenkinsError, UnreachableError } from "../../../provider/errors.ts";
import { exchange } from "../../../provider/jenkins/exchange.ts";
import { dispatchFor, type Reply, type Request, type Transport } from "../../../provider/jenkins/http.ts";
import { heldPort } from "../../support/held-port.ts";
import { printed } from "../../support/quick.ts";
import { certificate, expiredCertificate, key } from "../../support/tls.ts";

const request: Request = { tried: "Trying", method: "POST", url: "", headers: { "x-own": "1" }, form: { a: "ü&b c" } };

describe("http", () => {
  let server: Server | ReturnType<typeof createTlsServer> | undefined;

  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  async function serve(handler: Parameters<typeof createServer>[1], tls = false, cert = certificate): Promise<string> {
    server = tls ? createTlsServer({ cert, key }, handler) : createServer(handler);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `${tls ? "https" : "http"}://localhost:${(server.address() as AddressInfo).port}/x?y=1`;
  }

  async function send(url: string, transport: Transport = {}, timeoutMs = 20_000): Promise<Reply> {
    return await exchange({ ...request, url }, await dispatchFor(transport), timeoutMs);
  }

  async function failure(reply: Promise<Reply>): Promise<JenkinsError> {
    const error = await reply.then(
      () => assert.fail("got a reply"),
      (caught: unknown) => caught,
    );
    return error as JenkinsError;
  }

  it("sends form, headers, path and query, and returns the whole reply", async () => {
    const url = await serve(async (message, response) => {
      const body = (await message.toArray()).join("");
      const { method, url: path, headers } = message;
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      response.setHeader("X-Own", "2");
      response.end(JSON.stringify([method, path, headers["content-type"], headers["x-own"], body]));
    });
    const reply = await send(url);
    const sent = ["POST", "/x?y=1", "application/x-www-form-urlencoded", "1", "a=%C3%BC%26b+c"];
    assert.deepEqual(JSON.parse(reply.body), sent);
    assert.deepEqual([reply.status, reply.headers["x-own"], reply.setCookies], [200, "2", ["a=1", "b=2"]]);
  });

  it("follows no redirect", async () => {
    const url = await serve((_, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
    const { status, headers } = await send(url);
    assert.deepEqual([status, headers["location"]], [302, "/elsewhere"]);
  });

  it("decompresses a reply", async () => {
    const zipped = gzipSync("ü".repeat(1000));
    const url = await serve((_, response) => response.setHeader("Content-Encoding", "gzip").end(zipped));
    assert.equal((await send(url)).body, "ü".repeat(1000));
  });

  const MIB = 1024 * 1024;
  const large = Buffer.alloc(65 * MIB);
  for (const [what, body, headers] of [
    ["uncompressed", large, {}],
    ["in chunks", large, { "Transfer-Encoding": "chunked" }],
    ["after decompression", gzipSync(large, { level: 1 }), { "Content-Encoding": "gzip" }],
  ] as const) {
    it(`fails for a reply that is too large ${what}`, async () => {
      const error = await failure(
        send(await serve((_, response) => response.writeHead(200, headers).end(body)), {}, 9_000),
      );
      assert.equal(error.code, "ERR_JENKINS_UNEXPECTED");
      assert.match(error.message, /the answer is larger than 64 MiB/);
      assert.equal(error.effect, "possible");
    });
  }

  const slow: Record<string, Parameters<typeof createServer>[1]> = {
    "no answer at all": () => undefined,
    "headers alone": (_, response) => response.writeHead(200).flushHeaders(),
    "half a body": (_, response) => response.writeHead(200, { "Content-Length": 10 }).write("half"),
    "half a compressed body": (_, response) => {
      const zipped = gzipSync("ü".repeat(1000));
      response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": zipped.length });
      response.write(zipped.subarray(0, 20));
    },
  };
  for (const [what, handler] of Object.entries(slow)) {
    it(`waits no longer than its limit after ${what}, and says how to raise the limit`, async () => {
      const url = await serve(handler);
      const error = await failure(send(url, {}, 30));
      assert.ok(error instanceof UnreachableError);
      assert.equal(
        error.message,
        `Trying failed: POST ${url}: no whole answer within 0.03 seconds. Give a slow Jenkins more time with \`connection.requestTimeoutSeconds\`.`,
      );
      assert.deepEqual([error.effect, error.mayPass, error.isDown], ["possible", true, false]);
    });
  }

  const broken: Record<string, Parameters<typeof createServer>[1]> = {
    "before an answer": (message) => void message.socket.resetAndDestroy(),
    "in the middle of a body": (message, response) => {
      response.writeHead(200, { "Content-Length": 10 }).write("half", () => message.socket.destroy());
    },
    "in the middle of a compressed body": (message, response) => {
      const zipped = gzipSync("ü".repeat(1000));
      response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": zipped.length });
      response.write(zipped.subarray(0, 20), () => message.socket.destroy());
    },
  };
  for (const [what, handler] of Object.entries(broken)) {
    it(`reports a connection that breaks ${what}, with a possible effect`, async () => {
      const error = await failure(send(await serve(handler)));
      assert.ok(error instanceof UnreachableError);
      assert.match(error.message, /: the connection broke before the whole answer was there\./);
      assert.deepEqual([error.effect, error.mayPass, error.isDown], ["possible", true, false]);
      assert.ok(error.cause);
    });
  }

  it("reports a refused connection, without effect", async () => {
    const error = await failure(send((await heldPort()).url));
    assert.ok(error instanceof UnreachableError);
    assert.match(error.message, /: the connection was refused\. Is Jenkins running, and is this its address\?$/);
    assert.deepEqual([error.effect, error.isDown], ["none", true]);
  });

  it("reports an unknown host, without effect", async () => {
    const error = await failure(send("http://no-such-host.invalid/"));
    assert.ok(error instanceof UnreachableError);
    assert.match(error.message, /the host name (is unknown|could not be looked up)\. Check the url of Jenkins/);
    assert.deepEqual([error.effect, error.isDown], ["none", true]);
  });

  it("reports a certificate of an unknown authority, and names the setting for the authority", async () => {
    const error = await failure(send(await serve((_, response) => response.end("ok"), true)));
    assert.ok(error instanceof UnreachableError);
    assert.match(error.message, /not signed by an authority that this machine trusts\. .*JENKINS_CA_CERT\.$/);
    assert.deepEqual([error.effect, error.isDown], ["none", false]);
  });

  it("trusts an authority that is given as a text or as a file", async () => {
    const url = await serve((_, response) => response.end("ok"), true);
    assert.equal((await send(url, { caCert: certificate })).body, "ok");
    const folder = await mkdtemp(join(tmpdir(), "pulumi-jenkins-"));
    try {
      const caCert = join(folder, "ca.pem");
      await writeFile(caCert, certificate);
      assert.equal((await send(url, { caCert })).body, "ok");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("reports a certificate for another host name", async () => {
    const url = await serve((_, response) => response.end("ok"), true);
    const error = await failure(send(url.replace("localhost", "127.0.0.1"), { caCert: certificate }));
    assert.match(error.message, /the server's TLS certificate is for another host name\. Use the host name/);
    assert.equal(error.effect, "none");
  });

  it("reports an expired certificate", async () => {
    const url = await serve((_, response) => response.end("ok"), true, expiredCertificate);
    const error = await failure(send(url, { caCert: expiredCertificate }));
    assert.match(error.message, /the server's TLS certificate has expired\. Renew it on the server\.$/);
    assert.equal(error.effect, "none");
  });

  it("accepts any certificate if insecureSkipTlsVerify is set, and warns once", async () => {
    const url = await serve((_, response) => response.end("ok"), true);
    const lines = await printed(async () => {
      // Connections of a process are shared by their settings, so these settings must occur in no other test.
      const transport = { insecureSkipTlsVerify: true, headers: { "X-Only-Here": "yes" } };
      assert.equal((await send(url, transport)).body, "ok");
      assert.equal((await send(url, transport)).body, "ok");
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /insecureSkipTlsVerify is set/);
  });

  it("reports https to a server that speaks http, without effect", async () => {
    const url = await serve(() => undefined);
    const error = await failure(send(url.replace("http:", "https:")));
    assert.match(
      error.message,
      /: the server does not speak TLS there\. Is it http:\/\/ instead of https:\/\/, or another port\?$/,
    );
    assert.equal(error.effect, "none");
  });

  it("opens a new connection after the server has closed the idle one", async () => {
    let connections = 0;
    const url = await serve((_, response) => response.end("ok"));
    server?.on("connection", () => connections++);
    for (let time = 1; time <= 3; time++) {
      assert.equal((await send(url)).body, "ok");
      server?.closeIdleConnections();
    }
    assert.equal(connections, 3);
  });

  it("sends a request that follows at once on another connection, because the server may be closing the first one", async () => {
    let opened = 0;
    const url = await serve((_, response) => response.end("ok"));
    server?.on("connection", () => opened++);
    await send(url);
    await send(url);
    assert.equal(opened, 2);
  });

  for (const [what, keepAliveTimeout] of [
    ["says that it keeps it for ten minutes", 600_000],
    ["does not say how long it keeps it", 0],
  ] as const)
    it(`closes an idle connection if the server ${what}`, async () => {
      const url = await serve((_, response) => response.end("ok"));
      Object.assign(server ?? {}, { keepAliveTimeout });
      const closed = new Promise((resolve) => server?.once("connection", (socket) => socket.once("close", resolve)));
      await send(url);
      await closed;
    });

  it("opens at most eight connections, however many requests there are", async () => {
    let connections = 0;
    const url = await serve((_, response) => setTimeout(() => response.end("ok"), 5));
    server?.on("connection", () => connections++);
    await Promise.all(Array.from({ length: 40 }, () => send(url)));
    assert.equal(connections, 8);
  });

  it("does not keep a process alive with an idle connection", async () => {
    const url = await serve((_, response) => response.end("ok"));
    Object.assign(server ?? {}, { keepAliveTimeout: 600_000 });
    const [http, exchanging] = ["http", "exchange"].map((name) =>
      JSON.stringify(new URL(`../../../provider/jenkins/${name}.ts`, import.meta.url)),
    );
    const program = `
      const { dispatchFor } = await import(${http});
      const { exchange } = await import(${exchanging});
      const reply = await exchange(${JSON.stringify({ ...request, url })}, await dispatchFor({}), 60_000);
      await new Promise((resolve) => setTimeout(resolve, 50)); // Undici frees the connection a moment later.
      console.log(reply.body, process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
      timeout: 60_000,
    });
    assert.equal(stdout, "ok []\n");
  });

  it("names the setting if the authority's file is missing or has no certificate", async () => {
    const url = await serve((_, response) => response.end("ok"), true);
    for (const caCert of ["/no/such/ca.pem", import.meta.filename, "-----BEGIN CERTIFICATE-----\nnone"]) {
      const error = await failure(send(url, { caCert }));
      assert.equal(error.code, "ERR_JENKINS_SETTINGS", error.message);
      assert.match(error.message, /caCert/);
    }
  });
});
