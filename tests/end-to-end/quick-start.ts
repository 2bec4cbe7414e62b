import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Environment } from "../../scripts/pulumi-cli/workshop.ts";
import { type Block, blocksOf, documents, ROOT } from "../docs/blocks.ts";
import type { Claims } from "./side-by-side.ts";

/** The README's quick start, copied into a shell in an empty folder. */
export const quickStart: Claims = {
  "the README's quick start creates a token that logs in, and prints the output in the README": async (story) => {
    const { setup, settings, program, lines, output } = quickStartBlocks();
    const empty = join(story.workshop.folder, "empty");
    const folder = join(empty, "jenkins-token");
    const stack = new Stack(story.workshop, folder, "jenkins-token", story.backend, {});
    const { PULUMI_BACKEND_URL: _, ...given } = stack.environment;
    mkdirSync(empty);

    const run = async (script: string, cwd: string) => {
      const ran = promisify(execFile)("bash", ["-e", "-u", "-o", "pipefail", "-c", script], { cwd, env: given });
      const { stdout, stderr } = await ran.catch((error) => assert.fail(story.workshop.secrets.mask(error.message)));
      story.workshop.noteOutput(lines.at, stdout + stderr);
      return stdout;
    };
    await run(setup.text.replace(/^npm install (?=pulumi-jenkins ).*\n/m, ""), empty);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules")); // Replaces `npm install`.
    writeFileSync(join(folder, "Pulumi.yaml"), settings.text);
    writeFileSync(join(folder, "index.ts"), program.text);
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: given["PULUMI_CONFIG_PASSPHRASE"] ?? "" };
    const script = withValues(lines.text, { ...story.passwordLogin, ...passphrase });
    assert.ok(script.includes("pulumi login --local\n"));
    const printed = await run(script.replace("--local", `file://${story.backend}`), folder); // Not in the user's home.

    const [shown, seen] = [output.text, printed].map((text) => withoutChance(text).trim());
    assert.ok(seen?.endsWith(shown ?? ""), `${output.at} is not the end of what is printed:\n${seen}`);
    const { userId, tokenName, tokenValue } = await stack.outputs();
    assert.deepEqual(story.tokenNames(), [tokenName]);
    const basic = Buffer.from(`${userId}:${tokenValue}`).toString("base64");
    assert.equal(story.jenkins.log.at(-1)?.headers.authorization, `Basic ${basic}`);
  },
};

/** The code blocks of the quick start, by purpose. */
function quickStartBlocks(): Record<"setup" | "settings" | "program" | "lines" | "output", Block> {
  const all = documents().flatMap((document) => (document.path === "README.md" ? blocksOf(document) : []));
  const first = all.findIndex(({ text }) => text.startsWith("mkdir "));
  const [setup, settings, program, lines, output] = all.slice(first);
  assert.ok(setup && settings && program && lines && output, "README.md has no quick start");
  const languages = [setup, settings, program, lines, output].map(({ language }) => language);
  assert.deepEqual(languages, ["sh", "yaml", "ts", "sh", "text"]);
  return { setup, settings, program, lines, output };
}

/** The same lines, with these values for the variables that they set. */
function withValues(lines: string, values: Environment): string {
  const text = lines.replace(/\b(JENKINS_\w+|PULUMI_\w+)=\S+/g, (_, name: string) => {
    assert.ok(values[name], `${name} has no value`);
    return `${name}='${values[name]}'`;
  });
  assert.notEqual(text, lines);
  return text;
}

/** The text with fixed texts for random digits and durations. */
function withoutChance(text: string): string {
  return text.replaceAll(/-[0-9a-f]{8}"/g, '-random"').replaceAll(/(\d+m)?\d+s$/gm, "some s");
}
