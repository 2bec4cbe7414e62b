import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../../scripts/pulumi-cli/workshop.ts";
import { blocksOf, documents } from "../docs/blocks.ts";
import type { Claims } from "./side-by-side.ts";

/** The README's example, as somebody copies it into the folder that the example's files and `npm install` have made. */
export const quickStart: Claims = {
  "the README's program and the lines for the shell below it make a token that signs in": async (story) => {
    const blocks = documents().flatMap((document) => (document.path === "README.md" ? blocksOf(document) : []));
    const program = blocks.find(({ language }) => language === "ts");
    const lines = blocks.find(({ language, text }) => language === "sh" && text.startsWith("export JENKINS_URL="));
    assert.ok(program && lines, "README.md has no example");
    const stack = await story.example("basic", {});
    writeFileSync(join(stack.folder, "index.ts"), program.text);

    const script = withValues(lines.text, story.tokenLogin);
    const env = { ...stack.environment, PULUMI_SKIP_CONFIRMATIONS: "true" }; // Nobody is there to choose "yes".
    const run = promisify(execFile)("bash", ["-e", "-u", "-o", "pipefail", "-c", script], { cwd: stack.folder, env });
    const { stdout, stderr } = await run.catch((error) => assert.fail(story.workshop.secrets.mask(error.message)));
    story.workshop.noteOutput(lines.at, stdout + stderr);

    const { userId, tokenName, tokenValue } = await stack.outputs();
    assert.deepEqual(story.tokenNames(), [tokenName]);
    assert.match(stdout, /^\{.*"anonymous":false.*"name":"alice"/m); // What Jenkins answers to `curl`.
    const basic = Buffer.from(`${userId}:${tokenValue}`).toString("base64");
    assert.equal(story.jenkins.log.at(-1)?.headers.authorization, `Basic ${basic}`);
  },
};

/** The same lines with other values, where they set variables. */
function withValues(lines: string, login: Environment): string {
  const text = lines.replace(/\b(JENKINS_\w+)=\S+/g, (_, name: string) => {
    assert.ok(login[name], `${name} has no value`);
    return `${name}='${login[name]}'`;
  });
  assert.notEqual(text, lines);
  return text;
}
