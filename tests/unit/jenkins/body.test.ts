import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, it } from "mocha";
import { type JenkinsError, UnexpectedResponseError } from "../../../provider/errors.ts";
import { failed, listening, post } from "../../support/exchanges.ts";

const text = "ü".repeat(1000);

describe("the body of a reply", () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** The url of a server that answers each request with this body. */
  async function answering(body: Buffer, encoding: string | string[], status = 200): Promise<string> {
    server = createServer((_, response) => {
      response.writeHead(status, { "Content-Encoding": encoding, "Content-Type": "text/html" }).end(body);
    });
    return `http://127.0.0.1:${await listening(server)}/`;
  }

  const packed: [encoding: string | string[], body: Buffer][] = [
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["deflate", deflateRawSync("x")],
    ["identity", Buffer.from(text)],
    ["gzip, identity", gzipSync(text)],
    ["gzip, gzip", gzipSync(gzipSync(text))],
    ["gzip, br", brotliCompressSync(gzipSync(text))],
    [["gzip", "br"], brotliCompressSync(gzipSync(text))],
    ["gzip, ,X-GZIP", gzipSync(gzipSync(text))],
  ];
  for (const [at, [encoding, body]] of packed.entries()) {
    it(`is read if it is compressed as "${encoding}", although the request did not ask for that (${at})`, async () => {
      const reply = await post(await answering(body, encoding));
      assert.equal(reply.body, body.length < 10 ? "x" : text);
    });
  }

  for (const encoding of ["gzip", "br", "gzip, gzip"]) {
    it(`may be empty although its header announces ${encoding}`, async () => {
      assert.equal((await post(await answering(Buffer.alloc(0), encoding, 302))).body, "");
    });
  }

  const damaged: [encoding: string, body: Buffer, says: string][] = [
    ["gzip", Buffer.from("plain"), "not the gzip that its headers announce"],
    ["gzip,gzip,gzip,gzip,gzip,gzip", Buffer.from("plain"), "packed 6 times"],
    ["gzip", gzipSync(text).subarray(0, 20), "not the gzip that its headers announce"],
    ["x-gzip", Buffer.from("plain"), "not the x-gzip that its headers announce"],
    ["br", Buffer.from("plain and long enough"), "not the br that its headers announce"],
    ["zstd", Buffer.from("plain"), "not the zstd that its headers announce"],
    ["deflate", Buffer.from("plain"), "not the deflate that its headers announce"],
    ["gzip, br", brotliCompressSync(text), "not the gzip in br that its headers announce"],
    ["compress", Buffer.from([0x1f, 0x9d, 0x90]), "packed as compress"],
    ["GZIP, LZMA", Buffer.from([0x1f, 0x9d, 0x90]), "packed as lzma"],
    ["\x22odd <name>\x22", Buffer.from("plain"), "packed in an unknown encoding"],
  ];
  for (const [encoding, body, says] of damaged) {
    it(`is described, but not shown, if it is ${says}: ${body.length} bytes of ${encoding}`, async () => {
      const error = (await failed(post(await answering(body, encoding)))) as JenkinsError;
      assert.ok(error instanceof UnexpectedResponseError, String(error));
      assert.equal(
        error.message.replace(/^.*?: POST \S+: /, ""),
        `the body of the answer is ${says}. Jenkins does not send such a body: does a proxy on the way change its answers?`,
      );
      assert.deepEqual([error.effect, error.mayPass], ["possible", true]);
    });
  }

  const fast = {
    level: constants.Z_BEST_SPEED,
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MIN_QUALITY },
  };
  const large: [encoding: string, pack: (body: Buffer) => Buffer][] = [
    ["x-gzip", (body) => gzipSync(body, fast)],
    ["br", (body) => brotliCompressSync(body, fast)],
    ["zstd", (body) => zstdCompressSync(body)],
    ["deflate", (body) => deflateSync(body, fast)],
    ["gzip, gzip", (body) => gzipSync(gzipSync(body, fast))],
  ];
  for (const [encoding, pack] of large) {
    it(`is refused if it is too large after decompression from ${encoding}`, async () => {
      const error = await failed(post(await answering(pack(Buffer.alloc(65 * 1024 * 1024)), encoding)));
      assert.match(error.message, /: the answer is larger than 64 MiB\. /);
    });
  }

  it("is limited in bytes, not in characters", async () => {
    const error = await failed(post(await answering(gzipSync("ü".repeat(33 * 1024 * 1024), fast), "gzip")));
    assert.match(error.message, /: the answer is larger than 64 MiB\. /);
  });
});
