import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, it } from "mocha";
import { command } from "../support/command.ts";
import { listening } from "../support/exchanges.ts";

const UUID = "00000000-0000-4000-8000-";

/** A page with so many tokens, in gzip. */
function pageOf(tokens: number): Buffer {
  const cards = Array.from({ length: tokens }, (_, index) => {
    const name = `<span class="token-name">of page ${tokens}</span>`;
    return `<div id="${UUID}${String(index).padStart(12, "0")}" class="token-card">${name}</div>`;
  });
  return gzipSync(`<html><div id="api-token-list">${cards.join("")}</div></html>`);
}

describe("Long pages", () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** The url of a Jenkins with this page. */
  async function jenkinsWith(page: Buffer): Promise<string> {
    const server = createServer(({ url = "" }, response) => {
      response.setHeader("X-Jenkins", "2.568.1");
      if (url.startsWith("/whoAmI/")) response.end(JSON.stringify({ name: "alice", anonymous: false }));
      else response.setHeader("Content-Encoding", "gzip").end(page);
    });
    servers.push(server);
    return `http://127.0.0.1:${await listening(server)}`;
  }

  function list(urls: string[], more: Record<string, string> = {}) {
    const environment = { JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: `11${"a1".repeat(16)}`, ...more };
    return command(["list", ...urls.flatMap((url) => ["--url", url])], { environment });
  }

  it("of 130,000 tokens are listed whole", async () => {
    const { code, said } = await list([await jenkinsWith(pageOf(130_000))]);
    assert.equal(code, 0);
    assert.match(said, /: 130000 of 130000$/m);
  });

  it("that do not fit into the memory fail alone", async () => {
    const [long, short] = await Promise.all([jenkinsWith(pageOf(400_000)), jenkinsWith(pageOf(3))]);
    const another = await jenkinsWith(pageOf(4));
    const limits = { NODE_OPTIONS: "--max-old-space-size=64" };
    const { code, said, aside } = await list([long, short, another], limits);
    assert.equal(code, 1);
    assert.deepEqual([said.match(/of page 3/g)?.length, said.match(/of page 4/g)?.length], [3, 4]);
    assert.match(aside, /^Failed for 1 of 3 controllers\.$/m);
    assert.ok(aside.includes(`${long}: `), aside);
    assert.match(aside, /answered 200: a page that takes more memory than Node\.js may use\. /);
  });
});
