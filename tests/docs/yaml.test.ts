import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Environment } from "../../scripts/pulumi-cli/workshop.ts";
import { installPlugin } from "../end-to-end/installed.ts";
import { type Claims, sideBySide } from "../end-to-end/side-by-side.ts";
import type { Story } from "../end-to-end/story.ts";
import { startJenkins } from "../jenkins/server.ts";
import { blocksOf, ROOT } from "./blocks.ts";

const PATH = "docs/yaml.md";
const DAY_MS = 86_400_000;
const page = readFileSync(join(ROOT, PATH), "utf8");
const titles = [...page.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title);

/** The blocks of a language in a chapter. */
function blocksIn(chapter: string, language: string): string[] {
  const text = page.split(`\n## ${chapter}\n`)[1]?.split("\n## ")[0] ?? assert.fail(`${PATH} has no ${chapter}`);
  return blocksOf({ path: PATH, text }).flatMap((block) => (block.language === language ? block.text : []));
}

function programIn(chapter: string): string {
  return blocksIn(chapter, "yaml")[0] ?? assert.fail(`${chapter} has no program`);
}

const HEAD = programIn("The first token").split("resources:")[0] ?? "";

/** A stack with the program of a chapter, whose Pulumi has the plugin installed. */
async function stackFor(chapter: string, story: Story, login: Environment = {}): Promise<Stack> {
  const folder = join(story.backend, "../guide");
  mkdirSync(folder);
  write(folder, programIn(chapter));
  const stack = await story.stackIn(folder, login);
  await installPlugin(story, stack);
  return stack;
}

function write(folder: string, program: string): void {
  writeFileSync(join(folder, "Pulumi.yaml"), program.startsWith(HEAD) ? program : HEAD + program);
}

/** Runs each `pulumi config set` of a chapter. Pulumi reads secrets from its standard input. */
async function configure(chapter: string, stack: Stack, given: Record<string, string>): Promise<void> {
  const settings = blocksIn(chapter, "sh")
    .join("")
    .matchAll(/^pulumi config set ([\w:]+) (\S+)/gm);
  for (const [, key = "", value = ""] of settings) {
    if (value === "--secret") await stack.configureSecret(key, given[key] ?? assert.fail(key));
    else await stack.configure(key, given[key] ?? value);
  }
}

async function valueIn(stack: Stack): Promise<string | undefined> {
  return (await stack.outputs())["tokenValue"];
}

const RUN: Claims = {
  "The first token": async (story) => {
    const stack = await stackFor("The first token", story);
    const { JENKINS_URL: url = "", JENKINS_API_TOKEN: apiToken = "" } = story.tokenLogin;
    await configure("The first token", stack, { "jenkins:url": url, "jenkins:apiToken": apiToken });
    await stack.up();
    assert.equal(await story.statusFor(await valueIn(stack)), 200);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "A token of another user": async (story) => {
    const admin = { id: "admin", password: "an administrator's password", administrator: true };
    const jenkins = await startJenkins({ users: [admin, { id: "deploy-bot" }] });
    try {
      story.workshop.secrets.addLogin(admin.id, "a password", admin.password);
      const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: admin.id, JENKINS_PASSWORD: admin.password };
      const stack = await stackFor("A token of another user", story, login);
      await stack.up();
      assert.equal(await story.statusFor(await valueIn(stack), "deploy-bot", jenkins), 200);
    } finally {
      await jenkins.close();
    }
  },

  "Rotate when you want": async (story) => {
    const stack = await stackFor("Rotate when you want", story, story.tokenLogin);
    await stack.up();
    const old = await valueIn(stack);
    await configure("Rotate when you want", stack, {});
    assert.match(await stack.preview(), /replace \[diff: ~triggers\]/);
    await stack.up();
    assert.deepEqual([await story.statusFor(old), await story.statusFor(await valueIn(stack))], [401, 200]);
  },

  "Renew before it expires": async (story) => {
    const chapter = "Renew before it expires";
    const stack = await stackFor(chapter, story, story.tokenLogin);
    story.clock.aheadMs = -2 * DAY_MS;
    await stack.up();
    await stack.up("--expect-no-changes");
    const program = programIn(chapter);
    const [declared = ""] = /renewBeforeDays: 14/.exec(program) ?? [];
    const [shortest = ""] = /renewBeforeDays: 88/.exec(page) ?? [];
    write(stack.folder, program.replace(declared, shortest));
    assert.match(await stack.preview(), /replace \[diff: ~expiresOn\]/);
    const shorter = program.replace(declared, "renewBeforeDays: 89");
    write(stack.folder, shorter);
    assert.match(await stack.failing("preview"), /must be at least two days less than expiresInDays/);

    story.clock.aheadMs = -76 * DAY_MS;
    write(stack.folder, program.replace("properties:", "properties:\n      triggers: { another: token }"));
    await stack.up();
    assert.match(await stack.preview(), /replace \[diff: ~expiresOn\]/);
  },

  "Rotate with overlap": async (story) => {
    const chapter = "Rotate with overlap";
    const stack = await stackFor(chapter, story, story.tokenLogin);
    await stack.up();
    const program = programIn(chapter);
    const [failing = ""] = /\$\{nightly\.previous\.tokenValue\}/.exec(page) ?? [];
    write(stack.folder, program.replace(`\${nightly.previous}`, failing));
    assert.match(await stack.failing("up"), /receiver must be a list or object, not nil/);
    const old = await valueIn(stack);
    write(stack.folder, program.replace("properties:", "properties:\n      triggers: { second: round }"));
    await stack.up();
    const { tokenValue, previous } = await stack.outputs();
    assert.equal((previous as { tokenValue?: string } | undefined)?.tokenValue, old);
    assert.deepEqual([await story.statusFor(old), await story.statusFor(tokenValue)], [200, 200]);
    assert.deepEqual(await stack.shownOutputs(), { tokenValue: "[secret]", previous: "[secret]" });
  },

  "Several Jenkins": async (story) => {
    const stack = await stackFor("Several Jenkins", story);
    await stack.configure("jenkins:url", story.jenkins.url);
    await stack.configureSecret("berlinToken", story.loginToken);
    await stack.up();
    assert.equal(await story.statusFor(await valueIn(stack)), 200);
  },

  "Import a token": async (story) => {
    const { tokenUuid, tokenValue } = story.jenkins.generate("alice", "deploy script");
    const chapter = "Import a token";
    const stack = await stackFor(chapter, story, story.tokenLogin);
    await configure(chapter, stack, { ciToken: tokenValue });
    const program = programIn(chapter).replace(/(?<=import: alice\/).*/, tokenUuid);
    write(stack.folder, program);
    await stack.up();
    assert.equal(await valueIn(stack), tokenValue);
    const imported = program.replace(/^ +(tokenValue: \$\{ciToken\}|options:|import: .*)\n/gm, "");
    write(stack.folder, imported);
    await stack.up("--expect-no-changes");

    const retained = `${imported.split("outputs:")[0]}    options: { retainOnDelete: true }\n`;
    write(stack.folder, retained);
    await stack.up();
    write(stack.folder, retained.replace("properties:", "properties:\n      triggers: { second: round }"));
    await stack.up();
    assert.equal(story.tokens().length, 2);
    write(stack.folder, "outputs: {}\n");
    await stack.up();
    assert.equal(story.tokens().length, 2);

    await stack.import("jenkins:index:ApiToken", "ci", `alice/${tokenUuid}`, "--protect=false");
    assert.match(await stack.preview(), /- +jenkins:index:ApiToken ci delete/);
    await stack.up();
    assert.equal(story.tokens().length, 1);
  },
};

const NOT_RUN = ["Install the plugin", "Pass the value on", "When the program fails"];

describe(PATH, function () {
  this.timeout("10m");

  it("has a test for each program, except the one that needs a Kubernetes", () => {
    assert.deepEqual(new Set([...Object.keys(RUN), ...NOT_RUN]), new Set(titles));
  });

  sideBySide(RUN);
});
