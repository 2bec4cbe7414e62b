import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, describe, it } from "mocha";
import { pageParser } from "../../../provider/jenkins/page-parser.ts";
import { parseTokenPage } from "../../../provider/jenkins/token-page.ts";

const run = promisify(execFile);
const UUID = "00000000-0000-4000-8000-000000000000";

function pageOf(...tokenNames: string[]): Buffer {
  const cards = tokenNames.map(
    (name) => `<div id="${UUID}" class="token-card"><span class="token-name">${name}</span></div>`,
  );
  return Buffer.from(`<html><div id="api-token-list">${cards.join("")}</div></html>`);
}

describe("The second thread", () => {
  afterEach(() => {
    pageParser.usesThread = false;
  });

  async function parseInThread(page: Buffer) {
    pageParser.usesThread = true;
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
    let threads = 0;
    const count = () => threads++;
    process.on("worker", count);
    assert.deepEqual(await Promise.all(pages.map(parseInThread)), expected);
    process.off("worker", count);
    assert.equal(threads, 1);
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

  const start = `
    import { pageParser } from ${JSON.stringify(import.meta.resolve("../../../provider/jenkins/page-parser.ts"))};
    pageParser.usesThread = true;
    const parse = await pageParser.load();`;

  it("does not keep a process alive if it gets no page", async () => {
    await run(process.execPath, ["--input-type=module", "--eval", start], { timeout: 60_000 });
  });

  it("is not necessary: without the permission for it, the first thread parses", async () => {
    const page = `<html><div id="api-token-list"></div></html>`;
    const program = `${start} console.log((await parse(Buffer.from('${page}'))).tokens.length);`;
    const flags = ["--permission", "--allow-fs-read=*", "--input-type=module", "--eval"];
    const { stdout } = await run(process.execPath, [...flags, program], { timeout: 60_000 });
    assert.equal(stdout, "0\n");
  });

  it("is not used again after an error of its own, and no page is lost", async () => {
    const noPage = { byteLength: 1, buffer: {} } as Buffer; // It makes the second thread fail, and is read as no page in the first one.
    const pages = await Promise.all([pageOf("a"), noPage, pageOf("b"), pageOf("c")].map(parseInThread));
    const names = pages.map((page) => page?.tokens?.[0]?.tokenName);
    assert.deepEqual([...names, pageParser.usesThread], ["a", undefined, "b", "c", false]);
  });
});
