import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { after, afterEach, describe, it } from "mocha";

describe("A text of 250,000 characters", () => {
  const times = (piece: string) => piece.repeat(250_000 / piece.length);
  const texts: Record<string, string> = {
    "letters without ://": times("a"),
    "white space": times(" "),
    "an unfinished message after white space": `"message"${times(" ")}`,
    "a token page's end and white space": `</html>${times("\n")}x`,
    "scripts within scripts": times("<script") + times("</script"),
    ...Object.fromEntries(
      [
        ...[
          "<",
          "<h2",
          "<h2 ",
          "<title>",
          "<script",
          "<script>",
          "<style><head>",
          "<p class=",
          '"message":"',
          '"message":"\\',
          '"message" : ',
        ],
        ...[
          "11",
          "Basic ",
          "Basic YWxp",
          "Bearer ",
          "://",
          "://a@",
          "a://",
          "@",
          "jsessionid",
          "cookie: a",
          "cookie:",
          'tokenValue"',
          "crumb=",
          "Jenkins-Crumb: ",
        ],
        ...[
          ". ",
          "\\",
          "\\\\u0022",
          "&amp;",
          "&",
          "&#0",
          "%25",
          "%",
          '"',
          ' "',
          "`",
          '`"',
          "-0123456",
          " (pulumi ",
          "::",
          "\u001b",
          "\ud800",
          "\u00ad",
          "[",
          "{",
          "\n",
        ],
      ].map((piece) => [JSON.stringify(piece), times(piece)]),
    ),
  };

  let reader: Worker | undefined;

  afterEach(async function () {
    if (this.currentTest?.isPassed()) return;
    await reader?.terminate(); // Only this stops a pattern that takes forever.
    reader = undefined;
  });

  after(async () => void (await reader?.terminate()));

  for (const [what, text] of Object.entries(texts)) {
    it(`of ${what} is processed by all functions within seconds`, async function () {
      this.timeout(20_000); // A hundred times as long as it takes. A pattern of quadratic time takes longer.
      reader ??= new Worker(new URL("../support/hostile-texts.ts", import.meta.url));
      reader.postMessage(text);
      const [read] = await once(reader, "message");
      assert.equal(read, text.length);
    });
  }
});
