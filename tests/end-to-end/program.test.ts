import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, it } from "mocha";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { examples } from "./examples.ts";
import { life } from "./life.ts";
import { moves } from "./moves.ts";
import { options } from "./options.ts";
import { refusals } from "./refusals.ts";
import { savedPlans } from "./saved-plans.ts";
import { sideBySide } from "./side-by-side.ts";

describe("A program under the real Pulumi CLI", function () {
  this.timeout("15m");
  const shared = sideBySide({ ...examples, ...life, ...moves, ...options, ...refusals, ...savedPlans });

  it("prints and writes no password, token, crumb or cookie in the clear in all these tests", () => {
    assert.deepEqual(shared.workshop.leaks().slice(0, 20), []);
  });
});

describe("The search for secrets", function () {
  this.timeout("15m");
  const secret = `o"dd\\ %ü/+ one`;

  it("finds a secret that was printed or written on purpose, in each encoding", async () => {
    const workshop = await Workshop.open();
    try {
      workshop.secrets.addLogin("bob", "a password", secret);
      const forms = {
        plain: secret,
        "percent-encoded": encodeURIComponent(secret),
        "JSON-escaped": JSON.stringify({ secret }),
        "twice JSON-escaped": JSON.stringify(JSON.stringify({ secret })),
        Base64: Buffer.from(secret).toString("base64"),
      };
      for (const [form, text] of Object.entries(forms)) workshop.noteOutput("a run", `${form}: ${text}.`);
      assert.deepEqual(
        new Set(workshop.leaks()),
        new Set(Object.keys(forms).map((form) => `a run: a password, ${form}`)),
      );

      const authorization = Buffer.from(`bob:${secret}`).toString("base64");
      writeFileSync(join(workshop.folder, "tmp/a.log"), `{ "authorization": "Basic ${authorization}" }`);
      writeFileSync(join(workshop.folder, "pulumi/b.gz"), gzipSync(`11${"0123456789abcdef".repeat(2)}`));
      const written = workshop.leaks().filter((leak) => leak.startsWith(workshop.folder));
      assert.deepEqual(
        new Set(written),
        new Set([
          `${workshop.folder}/pulumi/b.gz: something like an API token`,
          `${workshop.folder}/tmp/a.log: a password as login, Base64`,
        ]),
      );
    } finally {
      workshop.close();
    }
  });
});
