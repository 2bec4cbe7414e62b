import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { before, describe, it } from "mocha";
import { play, type Recorded, type Recording } from "./player.ts";
import { versions } from "./profiles.ts";
import type { Shape } from "./shape.ts";

const fixtures = fileURLToPath(new URL("../fixtures/recordings", import.meta.url));

for (const version of versions) {
  for (const file of globSync(`${version}/*.json`, { cwd: fixtures }).sort()) {
    const situation = file.endsWith("/requests.json") ? "" : ` (${basename(file, ".json")})`;
    describe(`The simulated Jenkins answers like a Jenkins ${version}${situation}`, () => {
      const recording: Recording = JSON.parse(readFileSync(`${fixtures}/${file}`, "utf8"));
      let replies: Map<string, Shape>;

      before(async () => {
        replies = await play(recording);
      });

      for (const { name, request, reply } of recording.requests) {
        const by = request.login ? `${request.login.id} with ${request.login.secret}` : "nobody";
        it(`${name}: ${request.method} ${request.path} by ${by} is a ${reply.status}`, () => {
          assert.deepEqual(asRecorded(replies.get(name), reply), reply);
        });
      }
    });
  }
}

/** If only the head of a page was recorded, only the head is compared. */
function asRecorded(shape: Shape | undefined, { page }: Recorded["reply"]): unknown {
  if (!shape?.page || !page) return shape;
  const recorded = Object.entries(shape.page).filter(([part]) => part in page);
  return { ...shape, page: Object.fromEntries(recorded) };
}
