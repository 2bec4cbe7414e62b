import assert from "node:assert/strict";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, it } from "mocha";
import { JenkinsError } from "../../provider/errors.ts";
import type { Login } from "../../provider/jenkins/auth.ts";
import { type Client, Clients } from "../../provider/jenkins/client.ts";
import { parseTokenPage } from "../../provider/jenkins/token-page.ts";
import { Tokens } from "../../provider/jenkins/tokens.ts";
import { Memory } from "../../provider/resources/context.ts";
import { resources } from "../../provider/resources/index.ts";
import { anyCharacter } from "../support/characters.ts";

const { check } = resources.ApiToken;
const LIMITS = {
  requestTimeoutMs: 20_000,
  pauseMs: 1,
  repeatMs: 1,
  secondLookMs: 1,
  lookAgainMs: 1,
  waitForReadyMs: 1,
};

let servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(handler: (message: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  return listen(createHttp(handler));
}

function session(url: string, kind: Login["secret"]["kind"] = "apiToken"): Client {
  const login: Login = { username: "alice", secret: { kind, value: "secret-of-alice" }, source: "environment" };
  return new Clients().open(url, login, {}, LIMITS);
}

async function failure(attempt: Promise<unknown>): Promise<JenkinsError> {
  const error = await attempt.then(
    () => assert.fail("it succeeded"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof JenkinsError, String(error));
  assert.doesNotMatch(error.message, /secret-of-alice/);
  return error;
}

afterEach(async () => {
  for (const server of servers) {
    if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
});

describe("A hostile server", () => {
  it("that never ends its headers makes the request fail", async () => {
    const url = await listen(
      createServer((socket) => {
        socket.on("error", () => socket.destroy());
        socket.write("HTTP/1.1 200 OK\r\n");
        const more = setInterval(() => socket.write(`X-More: ${"x".repeat(1000)}\r\n`), 0);
        socket.on("close", () => clearInterval(more));
      }),
    );
    assert.equal((await failure(session(url).whoAmI())).code, "ERR_JENKINS_UNREACHABLE");
  });

  it("that sends one byte after another makes the request fail at its time limit", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      const more = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(more));
    });
    const error = await failure(
      new Clients().open(url, session(url).login, {}, { ...LIMITS, requestTimeoutMs: 200 }).whoAmI(),
    );
    assert.match(error.message, /no whole answer within 0\.2 seconds/);
  });

  const bodies: Record<string, string | Buffer> = {
    "invalid UTF-8": Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x22, 0x7d]),
    "JSON of 100,000 levels": `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    "JSON with __proto__": '{"__proto__":{"name":"alice","anonymous":false}}',
    "the secret itself": '{"status":"error","message":"secret-of-alice, 11000000000000000000000000000000ab"}',
    "control characters": '{"status":"error","message":"\\u001b[31m\\u0007red"}',
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`that answers with ${what} causes an error without secrets and control characters`, async () => {
      const url = await serve((_, response) => response.setHeader("Content-Type", "application/json").end(body));
      const { message } = await failure(session(url).whoAmI());
      // biome-ignore lint/suspicious/noControlCharactersInRegex: just these must not reach a terminal
      assert.doesNotMatch(message, /[\u0000-\u001f\u007f-\u009f]|11[0-9a-f]{32}/);
      assert.ok(message.length < 1_000);
    });
  }

  it("can't add a header to requests through the name of the crumb's field", async () => {
    const crumb = { crumb: "c0ffee", crumbRequestField: "Jenkins-Crumb: x\r\nX-Injected" };
    const url = await serve((message, response) => {
      assert.equal(message.headers["x-injected"], undefined);
      const isWhoAmI = message.url?.startsWith("/whoAmI");
      response.end(JSON.stringify(isWhoAmI ? { name: "alice", anonymous: false } : crumb));
    });
    const error = await failure(new Tokens(session(url, "password"), "alice").generate({ tokenName: "ci" }));
    assert.equal(error.effect, "none");
  });

  it("does not get back cookies that it has set for other hosts or paths", async () => {
    const sent: (string | undefined)[] = [];
    const url = await serve((message, response) => {
      sent.push(message.headers.cookie);
      response.setHeader("Set-Cookie", [
        "own=1; Path=/",
        "foreign=1; Domain=example.com; Path=/",
        "elsewhere=1; Path=/other",
        "; ; =",
        `long=${"x".repeat(10_000)}`,
      ]);
      response.end(JSON.stringify({ name: "alice", anonymous: false }));
    });
    const asked = session(url, "password");
    await asked.whoAmI();
    await failure(asked.ownerOf("bob"));
    assert.match(sent[1] ?? "", /^own=1/);
    assert.doesNotMatch(sent.join(), /foreign|elsewhere/);
  });

  it("that opens a million elements does not keep the process busy", () => {
    const nested = (levels: number) =>
      parseTokenPage(
        Buffer.from(`<html><div id="api-token-list">${"<b>".repeat(levels)}${"</b>".repeat(levels)}</div></html>`),
      );
    assert.deepEqual(nested(500)?.tokens, []);
    assert.equal(nested(20_000), undefined);
    assert.equal(nested(1_000_000), undefined);
  });

  it("that puts 1,500,000 elements into an entry is not read on", () => {
    const entryOf = (elements: number) =>
      parseTokenPage(
        Buffer.from(
          `<html><div id="api-token-list"><div class="token-card">${"<br>".repeat(elements)}</div></div></html>`,
        ),
      );
    assert.deepEqual(entryOf(500)?.tokens, []);
    assert.equal(entryOf(1_500_000), undefined);
  });

  it("that lists 100,000 tokens does not crash the process", () => {
    const uuid = "00000000-0000-4000-8000-000000000000";
    const cards = `<div id="${uuid}" class="token-card"><span class="token-name">n</span></div>`.repeat(100_000);
    const page = Buffer.from(`<html><div id="api-token-list">${cards}</div></html>`);
    assert.equal(parseTokenPage(page)?.tokens?.length, 100_000);
  });
});

describe("For any inputs of a program,", () => {
  const surroundings = { config: undefined, environment: {}, memory: new Memory() };
  const anything = fc.oneof(fc.string({ unit: anyCharacter }), fc.anything({ maxDepth: 2 }));
  const connection = fc.record(
    {
      url: anything,
      username: anything,
      apiToken: anything,
      password: anything,
      caCert: anything,
      insecureSkipTlsVerify: anything,
      requestTimeoutSeconds: anything,
      waitForReadySeconds: anything,
    },
    { requiredKeys: [] },
  );
  const inputs = fc.record(
    {
      connection: fc.oneof(connection, anything),
      user: anything,
      tokenName: anything,
      triggers: anything,
      autoName: anything,
    },
    { requiredKeys: [] },
  );

  it("check never throws, and each failure has a known property and a reason", () => {
    fc.assert(
      fc.property(inputs, fc.dictionary(fc.string(), anything), (news, olds) => {
        const { failures } = check(olds, news, surroundings);
        for (const { property, reason } of failures) {
          assert.match(property, /^(tokenName|user|connection\..*|)$/s);
          assert.ok(reason.length > 0);
        }
      }),
      { numRuns: 4000, seed: 1, examples: [[{ autoName: { toString: 0 } }, {}]] },
    );
  });

  it("no failure of check shows a secret", () => {
    const secret = fc.uuid().map((uuid) => `canary-${uuid}`);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom("apiToken", "password", "url", "username"),
        anything,
        (canary, key, other) => {
          const news = {
            tokenName: "ci",
            connection: { url: other, password: canary, apiToken: canary, [key]: { deep: canary } },
          };
          assert.doesNotMatch(JSON.stringify(check({}, news, surroundings).failures), /canary/);
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });
});
