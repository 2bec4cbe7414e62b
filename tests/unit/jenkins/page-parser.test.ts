import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";
import { pageParser } from "../../../provider/jenkins/page-parser.ts";
import { parseTokenPage } from "../../../provider/jenkins/token-page.ts";

const UUID = "00000000-0000-4000-8000-000000000000";

function pageOf(...tokenNames: string[]): Buffer {
  const cards = tokenNames.map(
    (name) => `<div id="${UUID}" class="token-card"><span class="token-name">${name}</span></div>`,
  );
  return Buffer.from(`<html><div id="api-token-list">${cards.join("")}</div></html>`);
}

describe("The second thread", () => {
  afterEach(() => {
    pageParser.isForFleet = false;
  });

  async function parseInThread(page: Buffer) {
    pageParser.isForFleet = true;
    return await (await pageParser.load())(page);
  }

  it("parses each page like the first thread", async () => {
    const pages = [
      pageOf("a"),
      pageOf("ü &amp; 雪"),
      pageOf(),
      Buffer.from("<p>no list</p>"),
      pageOf(..."x".repeat(5000)),
    ];
    const expected = pages.map(parseTokenPage);
    assert.deepEqual(await Promise.all(pages.map(parseInThread)), expected);
  });

  it("lets the first thread work while it parses a long page", async () => {
    let isParsed = false;
    const parsed = parseInThread(pageOf(..."x".repeat(20_000))).finally(() => {
      isParsed = true;
    });
    let turns = 0;
    for (; !isParsed; turns++) await turn();
    assert.equal((await parsed)?.tokens?.length, 20_000);
    assert.ok(turns > 100, `${turns} turns`);
  });

  it("fails with its error for all who wait, and the next page gets a new thread", async () => {
    const noPage = { byteLength: 1, buffer: {} } as Buffer;
    const waiting = [noPage, pageOf("a")].map(parseInThread);
    for (const one of waiting) await assert.rejects(one, TypeError);
    assert.equal((await parseInThread(pageOf("b")))?.tokens?.[0]?.tokenName, "b");
  });
});
