import assert from "node:assert/strict";
import { join } from "node:path";
import type { Face, Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const program = (turn: number) => `
  const token = new JenkinsApiToken("ci", { triggers: { turn: "${turn}" } });
  const rotating = new RotatingJenkinsApiToken("nightly", { rotateEveryDays: 30, triggers: { turn: "${turn}" } });
  new JenkinsApiToken("named", { tokenName: "named", triggers: { value: token.tokenValue } });
  export const { tokenName, tokenValue } = token;`;

const inYaml = (turn: number) => `
resources:
  ci: { type: "jenkins:ApiToken", properties: { triggers: { turn: "${turn}" } } }
  nightly: { type: "jenkins:RotatingApiToken", properties: { rotateEveryDays: 30, triggers: { turn: "${turn}" } } }
outputs: { tokenName: "\${ci.tokenName}", tokenValue: "\${ci.tokenValue}" }
`;

const DEFAULT_NAME = /^(program|yaml)\/dev\/ci-[0-9a-f]{8}$/;

/** `up` with the saved plan of a preview. The preview never shows a name that the token does not get. */
export const savedPlans: Claims = {
  "saved plans create, keep and replace tokens of the dynamic class": async (story) => {
    const stack = await story.stack(program(1));
    await isPlanned(stack, () => stack.write(program(2)));
  },

  "saved plans create, keep and replace tokens of the native class": async (story) => {
    const stack = await story.stack(program(1), story.tokenLogin, "native");
    await isPlanned(stack, () => stack.write(program(2), "native"));
  },

  "saved plans create, keep and replace tokens in YAML": async (story) => {
    const stack = await story.yamlStack(inYaml(1));
    await isPlanned(stack, () => stack.write(inYaml(2)));
  },

  "a saved plan after a refresh restores a default name that somebody has changed in Jenkins: with the dynamic class":
    async (story) => await isPutBack(story, "dynamic"),

  "a saved plan after a refresh restores a default name that somebody has changed in Jenkins: with the plugin": async (
    story,
  ) => await isPutBack(story, "native"),
};

/** Creates, keeps and replaces a token `ci` with a default name. Each `up` uses a saved plan. */
async function isPlanned(stack: Stack, trigger: () => void): Promise<void> {
  await upAsPlanned(stack);
  const first = await stack.outputs();
  assert.match(first["tokenName"] ?? "", DEFAULT_NAME);
  assert.match(await upAsPlanned(stack, "--expect-no-changes"), /unchanged/);
  assert.deepEqual(await stack.outputs(), first);
  trigger();
  assert.match(await upAsPlanned(stack), /replaced/);
  const second = await stack.outputs();
  assert.match(second["tokenName"] ?? "", DEFAULT_NAME);
  for (const name of ["tokenName", "tokenValue"]) assert.notEqual(second[name], first[name]);
  await stack.up("--expect-no-changes");
  await stack.destroy();
}

async function isPutBack(story: Story, face: Face): Promise<void> {
  const stack = await story.stack(`export const { tokenName } = new JenkinsApiToken("ci");`, story.tokenLogin, face);
  await stack.up();
  const { tokenName } = await stack.outputs();
  story.jenkins.rename("alice", stack.resource("ci").id ?? "", "by hand");
  await stack.refresh();
  assert.equal(stack.resource("ci").outputs["tokenName"], "by hand");
  assert.match(await upAsPlanned(stack), /1 updated/);
  assert.deepEqual([story.tokenNames(), (await stack.outputs())["tokenName"]], [[tokenName], tokenName]);
  await stack.up("--expect-no-changes");
  await stack.destroy();
}

/** Runs `up` with the plan of a preview. Asserts that the preview shows only default names that are already in the state. */
async function upAsPlanned(stack: Stack, ...flags: string[]): Promise<string> {
  const plan = join(stack.folder, "plan.json");
  const known = JSON.stringify(stack.resources());
  const shown = (await stack.preview("--diff", "--save-plan", plan)).match(/\w+\/dev\/\w+-[0-9a-f]{8}/g) ?? [];
  assert.deepEqual(
    shown.filter((name) => !known.includes(`"${name}"`)),
    [],
  );
  return await stack.up("--plan", plan, ...flags);
}
