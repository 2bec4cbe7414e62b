import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "mocha";
import type { YamlStack } from "../../scripts/pulumi-cli/stack.ts";
import { installPlugin } from "./installed.ts";
import { type Claims, sideBySide } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const TYPE = "jenkins:index:ApiToken";

/** The inputs for create and for patch, and whether the patch keeps the token's value. */
interface Case {
  created: (story: Story) => string;
  patched: (story: Story) => string;
  keepsValue: boolean;
}

const connection = ({ tokenLogin }: Story, seconds: number) => `connection = {
  url = "${tokenLogin["JENKINS_URL"]}"
  username = "alice"
  apiToken = "${tokenLogin["JENKINS_API_TOKEN"]}"
  requestTimeoutSeconds = ${seconds}
}`;

const cases: Record<string, Case> = {
  "its default name": { created: () => "", patched: () => `tokenName = "given"`, keepsValue: true },
  "a given name": { created: () => `tokenName = "one"`, patched: () => `tokenName = "two"`, keepsValue: true },
  "an expiry": {
    created: () => "expiresInDays = 30",
    patched: () => "expiresInDays = 60\nrenewBeforeDays = 7",
    keepsValue: false,
  },
  triggers: {
    created: () => `triggers = { month = "11" }`,
    patched: () => `triggers = { month = "12" }`,
    keepsValue: false,
  },
  "a connection": {
    created: (story) => connection(story, 20),
    patched: (story) => connection(story, 30),
    keepsValue: true,
  },
  "a user and via": {
    created: () => `user = "alice"\nvia = "rest"`,
    patched: () => `via = "scriptConsole"`,
    keepsValue: true,
  },
};

async function isLedThroughItsLife(story: Story, { created, patched, keepsValue }: Case): Promise<void> {
  const stack = await stackWithPlugin(story);
  if (created(story).startsWith("connection")) stack.environment = without(stack.environment, /^JENKINS_/);
  await pulumiDo(story, stack, "create", "ci", ...inputs(stack, created(story)));
  const value = await valueInState(story, stack);
  assert.equal(await story.statusFor(value), 200);

  await pulumiDo(story, stack, "patch", "ci", ...inputs(stack, patched(story)));
  const now = await valueInState(story, stack);
  assert.equal(now === value, keepsValue);
  assert.equal(await story.statusFor(now), 200);
  const { tokenName } = stack.resource("ci").outputs;
  assert.deepEqual(story.tokenNames(), [tokenName]);

  await pulumiDo(story, stack, "delete", "ci");
  assert.deepEqual(story.tokenNames(), []);
}

const others: Claims = {
  "lists ids that pulumi import accepts": async (story) => {
    const byHand = story.jenkins.generate("alice", "by hand");
    const stack = await stackWithPlugin(story);
    const listed = JSON.parse(await pulumiDo(story, stack, "list"));
    const all = story.jenkins.tokens("alice").map((token) => `alice/${token.tokenUuid} ${token.tokenName}`);
    assert.deepEqual(new Set(listed.map(({ id, name }: Listed) => `${id} ${name}`)), new Set(all));
    const { id } = listed.find(({ name }: Listed) => name === "by hand");
    assert.equal(JSON.parse(await pulumiDo(story, stack, "list", "--count", "1")).length, 1);

    await stack.import(TYPE, "ci", id, "--protect=false", "--generate-code=false");
    assert.equal(stack.resource("ci").id, byHand.tokenUuid);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "lists with the environment or with the default provider of the stack, but not with the stack config": async (
    story,
  ) => {
    const stack = await stackWithPlugin(story);
    const { environment } = stack;
    stack.environment = without(environment, /^JENKINS_/);
    await stack.configure("jenkins:url", story.jenkins.url);
    await stack.configure("jenkins:username", "alice");
    await stack.configureSecret("jenkins:apiToken", story.loginToken);
    assert.match(await refused(story, stack, "list"), /a login is missing/);
    await pulumiDo(story, stack, "create", "ci");
    const { output } = await story.workshop.pulumi(["stack", "--show-urns"], stack.folder, stack.environment);
    const [urn = ""] = /urn:\S+::pulumi:providers:jenkins::default\S*/.exec(output) ?? [];
    const listed = JSON.parse(await pulumiDo(story, stack, "list", "--provider", urn));
    assert.equal(listed.length, 2);
    stack.environment = environment;
    assert.deepEqual(JSON.parse(await pulumiDo(story, stack, "list")), listed);
  },

  "creates, reads, renames and revokes without a state": async (story) => {
    const stack = await stackWithPlugin(story);
    const flags = ["--token-name", "first", "--expires-in-days", "30", "--show-secrets"];
    const created = await pulumiDo(story, stack, "--stateless", "create", ...flags);
    const [value = ""] = /\b11[0-9a-f]{32}\b/.exec(created) ?? [];
    assert.equal(await story.statusFor(value), 200);
    const [{ id }] = JSON.parse(await pulumiDo(story, stack, "list", "--count", "1"));

    await pulumiDo(story, stack, "--stateless", "patch", id, "--token-name", "second");
    assert.match(await pulumiDo(story, stack, "--stateless", "read", id), /tokenName : "second"/);
    assert.equal(await story.statusFor(value), 200);
    const replacing = ["--stateless", "patch", id, "--expires-in-days", "60"];
    assert.match(await refused(story, stack, ...replacing), /can't be changed, because only another token can have it/);
    assert.deepEqual(story.tokenNames(), ["second"]);

    await pulumiDo(story, stack, "--stateless", "delete", id);
    assert.equal(await story.statusFor(value), 401);
  },
};

describe("`pulumi do` with the native plugin", function () {
  this.timeout("10m");
  sideBySide({
    ...Object.fromEntries(
      Object.entries(cases).map(([name, one]) => [
        `creates a token with ${name}, patches it and deletes it`,
        (story: Story) => isLedThroughItsLife(story, one),
      ]),
    ),
    ...others,
  });
});

interface Listed {
  id: string;
  name: string;
}

/** A stack whose Pulumi has the plugin installed, because `pulumi do` needs it. */
async function stackWithPlugin(story: Story): Promise<YamlStack> {
  const stack = await story.yamlStack("");
  await installPlugin(story, stack);
  return stack;
}

function inputs({ folder }: YamlStack, source: string): string[] {
  if (!source) return [];
  writeFileSync(join(folder, "inputs.pp"), source);
  return ["--input", "pcl", "--input-file", "inputs.pp"];
}

async function pulumiDo(story: Story, stack: YamlStack, ...args: string[]): Promise<string> {
  const { code, output } = await run(story, stack, args);
  assert.equal(code, 0, story.workshop.secrets.mask(output));
  return output;
}

async function refused(story: Story, stack: YamlStack, ...args: string[]): Promise<string> {
  const { code, output } = await run(story, stack, args);
  assert.notEqual(code, 0);
  return output;
}

function run({ workshop }: Story, { folder, environment }: YamlStack, args: string[]) {
  const changes = args.some((arg) => ["create", "patch", "delete"].includes(arg));
  const command = ["do", TYPE, ...args, ...(changes ? ["--yes"] : [])];
  return workshop.revealingPulumi(command, folder, environment);
}

/** The token's value in the state. There is no stack output with it. */
async function valueInState(story: Story, { folder, environment }: YamlStack): Promise<string> {
  const { output } = await story.workshop.revealingPulumi(["stack", "export", "--show-secrets"], folder, environment);
  const { resources } = JSON.parse(output).deployment;
  const { tokenValue } = resources.find(({ type }: { type: string }) => type === TYPE).outputs;
  return JSON.parse(tokenValue.plaintext);
}

function without(environment: Record<string, string>, names: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.test(name)));
}
