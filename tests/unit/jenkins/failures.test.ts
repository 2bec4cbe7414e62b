import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { Agent } from "undici";
import { type Dispatch, listening, post, unreachable } from "../../support/exchanges.ts";
import { certificate, futureCertificate, key } from "../../support/tls.ts";

/** Runs `act` while a server handles each connection with `take`. */
async function against(take: (socket: Socket) => void, act: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    take(socket);
  });
  await whileUp(server, act);
}

async function whileUp(server: Server, act: (port: number) => Promise<void>): Promise<void> {
  try {
    await act(await listening(server));
  } finally {
    server.close();
  }
}

const onData = (answer: (socket: Socket) => void) => (socket: Socket) => void socket.once("data", () => answer(socket));

describe("a request without a complete answer", () => {
  const closed = "the connection broke before the whole answer was there.";
  const again = "look into Jenkins' own log, and for a proxy or firewall that cuts connections.";

  it("over http, to a server that answers with a TLS alert, fails without effect and asks for https", async () => {
    const alert = Buffer.from("15030300020246", "hex");
    await against(
      onData((socket) => socket.end(alert)),
      async (port) => {
        assert.deepEqual(await unreachable(post(`http://localhost:${port}/`)), {
          says: "the server speaks TLS there. Is it https:// instead of http://?",
          effect: "none",
          isDown: false,
          mayPass: false,
        });
      },
    );
  });

  it("over http, to an https server that closes the connection, fails and asks for https", async () => {
    const server = createHttpsServer({ cert: certificate, key });
    await whileUp(server, async (port) => {
      const { says, effect } = await unreachable(post(`http://localhost:${port}/`));
      assert.equal(says, `${closed} Is it https:// instead of http://? If not, run again. If it fails again, ${again}`);
      assert.equal(effect, "possible");
    });
  });

  it("over http, after the beginning of an answer, fails and does not ask for https", async () => {
    const half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    await against(
      onData((socket) => socket.end(half)),
      async (port) => {
        const { says } = await unreachable(post(`http://localhost:${port}/`));
        assert.equal(says, `${closed} Run again. If it fails again, ${again}`);
      },
    );
  });

  it("to a server that does not speak HTTP fails with an error that says so", async () => {
    await against(
      onData((socket) => socket.end("SSH-2.0-OpenSSH\r\n")),
      async (port) => {
        assert.deepEqual(await unreachable(post(`http://localhost:${port}/`)), {
          says: "the answer is not HTTP. Check the url: http:// or https://, and the port.",
          effect: "possible",
          isDown: false,
          mayPass: true,
        });
      },
    );
  });

  it("over https, to a port without TLS, is not sent and asks for http", async () => {
    await against(
      onData((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      async (port) => {
        const { says, effect } = await unreachable(post(`https://localhost:${port}/`));
        assert.equal(says, "the server does not speak TLS there. Is it http:// instead of https://, or another port?");
        assert.equal(effect, "none");
      },
    );
  });

  const closings: Record<string, (socket: Socket) => void> = {
    "closes each connection": (socket) => socket.destroy(),
    "closes the connection in the handshake": onData((socket) => void socket.end()),
    "resets the connection in the handshake": onData((socket) => void socket.resetAndDestroy()),
  };
  for (const [what, take] of Object.entries(closings)) {
    it(`over https, to a server that ${what}, is not sent`, async () => {
      await against(take, async (port) => {
        const { says, ...rest } = await unreachable(post(`https://localhost:${port}/`));
        assert.match(says, /^the server closed the connection in the TLS handshake\. Check the url: http:/);
        assert.deepEqual(rest, { effect: "none", isDown: false, mayPass: true });
      });
    });
  }

  for (const url of ["junk", "//ci.example.com", "ci.example.com:8080", "ftp://ci.example.com"]) {
    it(`to an invalid url is not sent: ${url}`, async () => {
      const { says, ...rest } = await unreachable(post(`${url}/whoAmI/api/json`));
      assert.equal(
        says,
        "this is not an http or https url. Correct it: it is the `url` of the connection, or `jenkinsUrl` of a state that was written by hand.",
      );
      assert.deepEqual(rest, { effect: "none", isDown: false, mayPass: false });
    });
  }

  it("to a server whose certificate is not valid yet fails and asks about the clock", async () => {
    const server = createHttpsServer({ cert: futureCertificate, key });
    await whileUp(server, async (port) => {
      const { says, effect } = await unreachable(post(`https://localhost:${port}/`, { caCert: futureCertificate }));
      assert.equal(
        says,
        "the server's TLS certificate is not valid yet. Is the clock of this machine right? If it is, the server needs a certificate that is valid today.",
      );
      assert.equal(effect, "none");
    });
  });

  it("to a server whose TLS is too old for Node.js fails with an error that says so", async () => {
    const options = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
    await whileUp(createHttpsServer({ cert: certificate, key, ...options }), async (port) => {
      const { says, effect } = await unreachable(post(`https://localhost:${port}/`, { caCert: certificate }));
      assert.equal(
        says,
        "the server supports no TLS version that Node.js accepts. Have TLS 1.2 or 1.3 switched on at the server.",
      );
      assert.equal(effect, "none");
    });
  });
});

describe("a demanded client certificate", () => {
  const tls = { cert: certificate, key, ca: certificate, requestCert: true };

  it("over TLS 1.3 is named in the error, and the request may have been sent", async () => {
    const { port, end } = await startDemandingServer();
    try {
      for (let time = 1; time <= 2; time++) {
        assert.deepEqual(await unreachable(post(`https://localhost:${port}/`, { caCert: certificate })), {
          says: "the server demands a client certificate. Name one with `connection.clientCertificate`.",
          effect: "possible",
          isDown: false,
          mayPass: false,
        });
      }
    } finally {
      await end();
    }
  });

  it("over TLS 1.2 is named as a possible reason for the refused handshake, and the request is not sent", async () => {
    await whileUp(createHttpsServer({ ...tls, maxVersion: "TLSv1.2" }), async (port) => {
      const { says, effect } = await unreachable(post(`https://localhost:${port}/`, { caCert: certificate }));
      assert.match(
        says,
        /^the server refused the TLS handshake\. If it demands a client certificate, name one with `connection\.clientCertificate`\./,
      );
      assert.equal(effect, "none");
    });
  });

  /** OpenSSL's own server, because that of Node.js closes the connection without an alert. */
  async function startDemandingServer(): Promise<{ port: string; end: () => Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), "pulumi-jenkins-"));
    await writeFile(join(folder, "server.pem"), certificate + key);
    const options = ["-accept", "127.0.0.1:0", "-cert", "server.pem", "-Verify", "1", "-verify_return_error", "-www"];
    const server = spawn("openssl", ["s_server", ...options], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    const port = await said(server, /ACCEPT \S+:(\d+)/);
    const end = async () => {
      server.kill();
      await once(server, "exit");
      await rm(folder, { recursive: true });
    };
    return { port, end };
  }
});

describe("a connection that can't be made", () => {
  /** Connections of undici that fail with an error of the system, because a test can't cause this error. */
  const refusing = (code: string, syscall: string): Dispatch => {
    const error = Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
    const agent = new Agent({ connect: (_, callback) => callback(error, null) });
    return agent.request.bind(agent) as Dispatch;
  };
  const rows: [code: string, isDown: boolean, says: RegExp][] = [
    ["ETIMEDOUT", true, /^no connection in time\. Check the url of Jenkins and any firewall on the way\.$/],
    ["EPERM", false, /^this machine does not allow the connection\. Check the firewall of this machine/],
    ["EACCES", false, /^this machine does not allow the connection\. Check the firewall of this machine/],
    ["EADDRNOTAVAIL", false, /^this machine has no address or port left for the connection\. /],
    ["EMFILE", false, /^no connection could be made \(EMFILE\)\. /],
  ];
  for (const [code, isDown, says] of rows) {
    it(`because of ${code} causes no request`, async () => {
      const { says: said, ...rest } = await unreachable(post("http://localhost:1/", {}, refusing(code, "connect")));
      assert.match(said, says);
      assert.deepEqual(rest, { effect: "none", isDown, mayPass: false });
    });
  }

  for (const code of ["ETIMEDOUT", "EHOSTUNREACH", "EPERM"]) {
    it(`is not the meaning of ${code} on an open connection`, async () => {
      let ours: Socket | undefined;
      const error = Object.assign(new Error(`read ${code}`), { code, syscall: "read" });
      await against(
        onData(() => ours?.destroy(error)),
        async (port) => {
          const agent = new Agent({
            connect: (_, callback) => {
              const socket = connect(port, "127.0.0.1", () => callback(null, socket));
              ours = socket;
            },
          });
          const dispatch = agent.request.bind(agent) as Dispatch;
          const { says, effect } = await unreachable(post(`http://localhost:${port}/`, {}, dispatch));
          assert.match(says, /^the connection broke before the whole answer was there\./);
          assert.equal(effect, "possible");
        },
      );
    });
  }

  it("to a host with two addresses causes an error with the reason for each, and the time limit", async () => {
    const { port, end } = await startFullServer();
    try {
      const agent = new Agent({
        connect: {
          lookup: (_name, _options, callback) =>
            (callback as (error: null, addresses: unknown) => void)(null, [
              { address: "127.0.0.1", family: 4 },
              { address: "127.0.0.2", family: 4 },
            ]),
        },
      });
      const dispatch = agent.request.bind(agent) as Dispatch;
      const { says, ...rest } = await unreachable(post(`http://jenkins.example.com:${port}/`, {}, dispatch));
      assert.match(
        says,
        /^none of the host's addresses answers: no connection within 0\.\d+ seconds \(127\.0\.0\.1\), the connection was refused \(127\.0\.0\.2\)\. Check the url of Jenkins\. On a slow network .*NODE_OPTIONS=/,
      );
      assert.deepEqual(rest, { effect: "none", isDown: true, mayPass: false });
    } finally {
      await end();
    }
  });

  /** Linux drops new connections to a full queue, like a slow network or a firewall. */
  async function startFullServer(): Promise<{ port: string; end: () => Promise<void> }> {
    const program = `
      const server = require("node:net").createServer();
      server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
        require("node:fs").writeSync(1, "port " + server.address().port + "\\n");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // It accepts nobody.
      });`;
    const server = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "pipe", "ignore"] });
    const port = await said(server, /port (\d+)/);
    const queue = Array.from({ length: 8 }, () => connect(Number(port), "127.0.0.1").on("error", () => undefined));
    await Promise.all(queue.slice(0, 2).map((socket) => once(socket, "connect")));
    const end = async () => {
      for (const socket of queue) socket.destroy();
      server.kill("SIGKILL");
      await once(server, "exit");
    };
    return { port, end };
  }
});

/** The part of the program's output that `pattern` captures, as soon as it is written. */
async function said(program: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const piece of program.stdout ?? []) {
    text += piece;
    const found = pattern.exec(text)?.[1];
    if (found) return found;
  }
  throw new Error("The program has ended");
}
