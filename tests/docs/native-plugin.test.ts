import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "../end-to-end/story.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { blocksOf, ROOT } from "./blocks.ts";

const PATH = "docs/native-plugin.md";
const [, section = ""] = readFileSync(join(ROOT, PATH), "utf8").split("\n## TypeScript and JavaScript\n");
const [program] = blocksOf({ path: PATH, text: section.split("\n## ")[0] ?? "" });

describe(PATH, function () {
  this.timeout("5m");
  let workshop: Workshop;

  before(async () => {
    workshop = await Workshop.open();
  });
  after(() => workshop.close());

  it("shows a program that creates a token on each of two Jenkins, by two explicit providers", async () => {
    const story = await Story.begin(workshop);
    const places = ["berlin", "tokyo"];
    const all = await Promise.all(places.map(() => startJenkins({ users: [{ id: "deploy" }] })));
    try {
      const stack = await story.stack("", {}, "native"); // Only the explicit providers have credentials.
      let text = program?.text ?? "";
      for (const [index, place] of places.entries()) {
        const { url, login } = await loginOn(all[index], workshop);
        text = text.replace(`https://${place}.example.com`, url);
        await stack.configureSecret(`${place}Token`, login);
      }
      writeFileSync(join(stack.folder, "index.mjs"), text);
      await stack.up();
      const { onBerlin, onTokyo } = await stack.outputs();
      const statuses = [onBerlin, onTokyo].flatMap((value) => {
        return all.map((jenkins) => story.statusFor(value, "deploy", jenkins));
      });
      assert.deepEqual(await Promise.all(statuses), [200, 401, 401, 200]);
      await stack.destroy();
      for (const jenkins of all) assert.equal(jenkins.tokens("deploy").length, 1);
    } finally {
      await Promise.all([...all.map((jenkins) => jenkins.close()), story.end()]);
    }
  });
});

/** The URL of this Jenkins, and a token that logs in there. */
async function loginOn(jenkins: Jenkins | undefined, { secrets }: Workshop): Promise<{ url: string; login: string }> {
  assert.ok(jenkins);
  const { tokenValue: login } = jenkins.generate("deploy", "login");
  secrets.addLogin("deploy", "a login", login);
  return { url: jenkins.url, login };
}
