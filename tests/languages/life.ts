/** The tests of a program in any language, from its first token until all tokens are revoked. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import { type Environment, Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "../end-to-end/story.ts";
import { runsSamples } from "./samples.ts";

interface Language {
  name: string;
  /** The folder with the first half of the program, and with Pulumi.yaml. */
  program: string;
  /** Builds the tools. @returns the folders to put first on the PATH. */
  tools: () => Promise<string[]>;
  /** Puts the SDK where the program in `folder` looks for it. @returns the environment variables that the program needs. */
  addSdk: (folder: string) => Promise<Environment>;
  /** Adds the second half to the program in `folder`. */
  addSecondHalf: (folder: string) => void;
  /** Replaces the program in `folder` by a sample of the registry. */
  useSample: (folder: string, name: string) => void;
}

interface Life {
  language: Language;
  workshop: Workshop;
  story: Story;
  stack: Stack;
  /** The value of each token so far. */
  values: Set<string>;
}

/** Declares one test for each step in the life of the program's tokens. */
export function livesThrough(language: Language): void {
  describe(`A program in ${language.name}`, function () {
    this.bail(true); // Each step continues the previous one.
    this.timeout("10m");
    let life: Life | undefined;

    before(async function () {
      this.timeout("30m");
      let path: string[];
      try {
        path = await language.tools();
      } catch (error) {
        if (process.env["CI"] || !(error instanceof Error)) throw error;
        process.stdout.write(`  skipped: ${error.message}\n`);
        return this.skip();
      }
      life = await begin(language, path);
    });
    for (const [claim, proof] of Object.entries(STEPS)) it(claim, () => proof(life as Life));
    after(async () => {
      await life?.story.end();
      life?.workshop.close();
    });
  });
}

async function begin(language: Language, path: string[]): Promise<Life> {
  const workshop = await Workshop.open();
  const story = await Story.begin(workshop);
  const folder = join(workshop.folder, "program");
  mkdirSync(folder);
  cpSync(language.program, folder, { recursive: true });
  const sdk = await language.addSdk(folder);
  const stack = await story.stackIn(folder, { ...story.tokenLogin, ...sdk });
  stack.environment["PATH"] = [...path, workshop.plugin, stack.environment["PATH"]].join(delimiter);
  return { language, workshop, story, stack, values: new Set() };
}

/** The outputs of the program. Remembers each value for the last step. */
async function outputs({ stack, values }: Life): Promise<Record<string, string>> {
  const all = await stack.outputs();
  for (const value of Object.values(all)) if (/^11[0-9a-f]{32}$/.test(value)) values.add(value);
  return all;
}

const VALUES = ["tokenValue", "every", "byHand", "explicit", "current"];

const STEPS: Record<string, (life: Life) => Promise<void>> = {
  "previews without a request, and creates a token that logs in": async (life) => {
    const { stack, story } = life;
    await stack.preview();
    assert.deepEqual(story.newRequests(), []);
    await stack.up();
    const { userId, tokenName, tokenValue } = await outputs(life);
    assert.equal(userId, "alice");
    assert.deepEqual(story.tokenNames(), [tokenName]);
    assert.equal(await story.statusFor(tokenValue), 200);
  },

  "changes nothing in a second up": async ({ stack, story }) => {
    await stack.up("--expect-no-changes");
    assert.deepEqual(story.newRequests(), []);
  },

  "replaces the token when a trigger changes": async (life) => {
    const { stack, story } = life;
    const old = (await outputs(life))["tokenValue"];
    await stack.configure("rotated", "2026-12");
    await stack.up();
    const { tokenValue } = await outputs(life);
    assert.deepEqual([await story.statusFor(old), await story.statusFor(tokenValue)], [401, 200]);
  },

  "adopts a token created by hand with its value, and creates tokens with all inputs and logins": async (life) => {
    const { language, stack, story } = life;
    const byHand = story.jenkins.generate("alice", "by hand");
    const id = `alice/${byHand.tokenUuid}`;
    await stack.import("jenkins:index:ApiToken", "by-hand", id, "--protect=false", "--generate-code=false");
    language.addSecondHalf(stack.folder);
    await stack.configure("url", story.jenkins.url);
    await stack.configureSecret("byHand", byHand.tokenValue);
    await stack.configureSecret("password", story.password);
    await stack.up();
    const all = await outputs(life);
    for (const name of VALUES) assert.equal(await story.statusFor(all[name]), 200, name);
    assert.ok(all["byHand"] === byHand.tokenValue, "the value of the token by hand is another one"); // Prints no value.
    assert.ok(!all["previous"], "a rotating token has a previous value before its first rotation");
  },

  "passes every input to Jenkins": async (life) => {
    const { story } = life;
    const { everyExpiresOn } = await outputs(life);
    assert.match(everyExpiresOn ?? "", /^\d{4}-\d\d-\d\d$/);
    const every = story.tokens().find(({ tokenName }) => tokenName === "every input");
    assert.equal(every?.expiresOn, everyExpiresOn);
    const made = story.jenkins.requests("POST", "generateNewToken").map(({ login }) => login);
    assert.ok(made.includes("session"), "nobody logged in with the password");
  },

  "lists the tokens with `getApiTokens`": async (life) => {
    const { found = "" } = await outputs(life);
    const missing = ["by hand", "every input"].filter((name) => !found.split(",").includes(name));
    assert.deepEqual(missing, []);
  },

  "changes nothing in another `refresh` and `up`": async ({ stack, story }) => {
    story.newRequests();
    await stack.refresh("--expect-no-changes");
    await stack.up();
    assert.deepEqual(story.newChanges(), []);
  },

  "rotates a token, and its previous value still logs in": async (life) => {
    const { stack, story } = life;
    const before = await outputs(life);
    await stack.configure("turn", "2");
    await stack.up();
    const { current, previous } = await outputs(life);
    assert.ok(previous === before["current"] && current !== previous, "the value before is not the previous one");
    assert.deepEqual([await story.statusFor(current), await story.statusFor(previous)], [200, 200]);
  },

  "shows no value, and stores none in the clear": async ({ stack, workshop }) => {
    const shown = await stack.shownOutputs();
    for (const name of [...VALUES, "previous"]) assert.equal(shown[name], "[secret]", name);
    const exported = await stack.exported();
    assert.match(exported, /"ciphertext"/);
    assert.deepEqual(workshop.secrets.findIn(exported), []);
  },

  "revokes every token in destroy": async ({ stack, story, values, workshop }) => {
    await stack.destroy();
    assert.ok(values.size >= 7);
    for (const value of values) assert.equal(await story.statusFor(value), 401);
    assert.deepEqual(story.tokenNames(), []);
    assert.deepEqual(workshop.leaks().slice(0, 20), []);
  },

  "runs the samples of the registry": async ({ language, stack, story }) => {
    await runsSamples(story, stack, (name) => language.useSample(stack.folder, name));
  },
};
