import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Interception, LoggedRequest, Token } from "../jenkins/server.ts";
import { command } from "../support/command.ts";
import { kill, startedBy } from "./processes.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const ONE_DAY_MS = 24 * 60 * 60_000;

const AUTO_NAME = /^program\/dev\/ci-[0-9a-f]{8}$/;
const UNIQUE_NAME = /^mine \(pulumi [0-9a-f]{16}\)$/;

/** The request during which a create of `program` is killed. */
interface Moment {
  program: string;
  holds: (request: LoggedRequest) => boolean;
  /** Jenkins carries the request out, and never replies. By default the request waits. */
  isCarriedOut?: true;
}

const AUTO = `export const { tokenValue } = new JenkinsApiToken("ci");`;
const NAMED = `export const { tokenValue } = new JenkinsApiToken("ci", { tokenName: "mine" });`;
const FIXED_VALUE = `11${randomBytes(16).toString("hex")}`;
/** The value is encoded, because the program must not contain it in the clear. */
const FIXED = `const encoded = "${Buffer.from(FIXED_VALUE).toString("hex")}";
  const fixedValue = Buffer.from(encoded, "hex").toString();
  export const { tokenValue } = new JenkinsApiToken("ci", { tokenName: "mine", fixedValue });`;
const WITH_DEPENDENT = `${AUTO}
  class Dependent extends pulumi.dynamic.Resource {}
  const create = async () => ({ id: String((await fetch(process.env.JENKINS_URL + "/login")).status), outs: {} });
  new Dependent({ create }, "dependent", { tokenValue });`;

const beforeGenerate: Moment = { program: AUTO, holds: ({ path }) => path.includes("/whoAmI/") };
const beforeReply: Moment = { program: AUTO, holds: isGenerate, isCarriedOut: true };
const beforeRename: Moment = { program: NAMED, holds: ({ path }) => path.endsWith("/rename") };
const afterCreate: Moment = { program: WITH_DEPENDENT, holds: ({ path }) => path.endsWith("/login") };

function isGenerate({ path }: LoggedRequest): boolean {
  return path.endsWith("/generateNewToken");
}

/** The engine's warning while the state contains an operation with an unknown result. */
const INTERRUPTION = /pending operations[\s\S]*interrupted while creating/;

type Victim = "the CLI and its host" | "the host" | "the CLI";

/** Runs that are killed by SIGKILL during a create, and the runs after them. */
export const killedRuns: Claims = {
  "a run that is killed with its host before the generate request leaves no token": (story) =>
    leaves(story, "the CLI and its host", beforeGenerate, undefined),
  "a run that is killed with its host before the reply leaves a token with its default name": (story) =>
    leaves(story, "the CLI and its host", beforeReply, AUTO_NAME),
  "a run that is killed with its host before the rename leaves a token with its temporary name": (story) =>
    leaves(story, "the CLI and its host", beforeRename, UNIQUE_NAME),
  "a run that is killed with its host after the create leaves only the token in the state": (story) =>
    leaves(story, "the CLI and its host", afterCreate, undefined),

  "a host that is killed before the generate request leaves no token": (story) =>
    leaves(story, "the host", beforeGenerate, undefined),
  "a host that is killed before the reply leaves a token with its default name": (story) =>
    leaves(story, "the host", beforeReply, AUTO_NAME),
  "a host that is killed before the rename leaves a token with its temporary name": (story) =>
    leaves(story, "the host", beforeRename, UNIQUE_NAME),
  "a host that is killed after the create leaves only the token in the state": (story) =>
    leaves(story, "the host", afterCreate, undefined),

  "a host that outlives its CLI still creates the token, with its default name": (story) =>
    leaves(story, "the CLI", beforeGenerate, AUTO_NAME),
  "a host that outlives its CLI still renames the token, and only another rename can distinguish the two tokens":
    async (story) => {
      const stack = await story.stack("");
      const left = await kills(story, stack, "the CLI", beforeRename);
      await stack.cancel();
      await stack.up();
      assert.deepEqual(story.tokenNames(), ["mine", "mine"]);
      stack.write(NAMED.replace("mine", "mine, told apart"));
      await stack.up();
      assert.deepEqual(story.tokenNames().sort(), ["mine", "mine, told apart"]);
      await stack.destroy();
      assert.deepEqual(story.tokens(), left);
      assert.deepEqual(story.tokenNames(), ["mine"]);
    },

  "a run that is killed while it adds a token with a declared value leaves a token that the next run keeps": (story) =>
    isKept(story, { program: FIXED, holds: ({ path }) => path.endsWith("/addFixedToken"), isCarriedOut: true }),
  "a run that is killed before it renames a token with a declared value leaves a token that the next run keeps": (
    story,
  ) => isKept(story, { program: FIXED, holds: ({ path }) => path.endsWith("/rename") }),

  "a run that is killed after it renames a token with a declared value leaves a second token, which revoke removes":
    isAddedTwice,

  "the CLI warns of the interrupted create of a killed run until refresh --clear-pending-creates": async (story) => {
    const stack = await story.stack("");
    await kills(story, stack, "the CLI and its host", beforeReply);
    await stack.cancel();
    await stack.up();
    await stack.refresh();
    assert.match(await stack.up("--expect-no-changes"), INTERRUPTION);
    await stack.refresh("--clear-pending-creates");
    assert.doesNotMatch(await stack.up("--expect-no-changes"), INTERRUPTION);
  },

  "a run that is killed during a replacement keeps the old token valid, and the next run completes it": async (
    story,
  ) => {
    const triggered = (month: string) => AUTO.replace(`"ci"`, `"ci", { triggers: { month: "${month}" } }`);
    const stack = await story.stack(triggered("november"));
    await stack.up();
    const { tokenValue: old } = await stack.outputs();
    const rotation = { ...beforeReply, program: triggered("december") };
    const left = await kills(story, stack, "the CLI and its host", rotation);
    assert.equal(left.length, 1);
    assert.equal(await story.statusFor(old), 200);

    await stack.cancel();
    await stack.up();
    assert.equal(await story.statusFor(old), 401);
    assert.equal(await story.statusFor((await stack.outputs())["tokenValue"]), 200);
    await stack.destroy();
    assert.deepEqual(story.tokens(), left);
  },
};

/** Asserts that the next run recovers after the kill, and that only a token with a name like `leftover` remains. */
async function leaves(story: Story, victim: Victim, moment: Moment, leftover: RegExp | undefined): Promise<void> {
  const stack = await story.stack("");
  const left = await kills(story, stack, victim, moment);
  assert.equal(left.length, leftover ? 1 : 0);
  for (const { tokenName } of left) assert.match(tokenName, leftover ?? /^$/);

  if (victim === "the host") {
    assert.doesNotMatch(await stack.up(), INTERRUPTION);
  } else {
    assert.match(await stack.failing("up"), /the stack is currently locked .* `pulumi cancel`/);
    await stack.cancel();
    assert.match(await stack.up(), INTERRUPTION);
  }
  assert.equal(await story.statusFor((await stack.outputs())["tokenValue"]), 200);
  assert.equal(story.tokens().length, left.length + 1);

  await stack.destroy();
  assert.deepEqual(stack.resources(), []);
  assert.deepEqual(story.tokens(), left);
}

/** Asserts that the next run adopts the token of the killed run, and only renames it. */
async function isKept(story: Story, moment: Moment): Promise<void> {
  story.workshop.secrets.addLogin("alice", "the declared value", FIXED_VALUE);
  const stack = await story.stack("");
  const left = await kills(story, stack, "the CLI and its host", moment);
  assert.deepEqual([left.length, await story.statusFor(FIXED_VALUE)], [1, 200]);
  await stack.cancel();
  story.newChanges();
  await stack.up();
  assert.deepEqual(story.newChanges(), ["POST rename"]);
  assert.deepEqual([stack.resource("ci").id, story.tokenNames()], [left[0]?.tokenUuid, ["mine"]]);
  assert.equal((await stack.outputs())["tokenValue"], FIXED_VALUE);
  await stack.destroy();
  assert.deepEqual([story.tokens(), await story.statusFor(FIXED_VALUE)], [[], 401]);
}

/** The next run cannot distinguish the token from another one of the same name. After its revoke the value still logs in. */
async function isAddedTwice(story: Story): Promise<void> {
  story.workshop.secrets.addLogin("alice", "the declared value", FIXED_VALUE);
  const stack = await story.stack("");
  await kills(story, stack, "the CLI and its host", { ...beforeRename, program: FIXED, isCarriedOut: true });
  while (!story.tokenNames().includes("mine")) await sleep(10);
  const [left] = story.tokens();
  await stack.cancel();
  await stack.up();
  assert.deepEqual(story.tokenNames(), ["mine", "mine"]);

  const around = { environment: stack.environment, folder: stack.folder };
  const { said } = await command(["list", "--stack", "dev"], around);
  const lineOf = (tokenUuid = "") => said.split("\n").find((line) => line.includes(tokenUuid)) ?? "";
  assert.match(lineOf(stack.resource("ci").id), / mine .*resource ci$/);
  assert.match(lineOf(left?.tokenUuid), / mine /);
  assert.doesNotMatch(lineOf(left?.tokenUuid), /resource/);
  assert.equal((await command(["revoke", left?.tokenUuid ?? "", "--yes"], around)).code, 0);
  assert.deepEqual([story.tokenNames(), await story.statusFor(FIXED_VALUE)], [["mine"], 200]);
  await stack.destroy();
  assert.deepEqual([story.tokens(), await story.statusFor(FIXED_VALUE)], [[], 401]);
}

/** Begins an `up`, and kills it at this moment. Returns the tokens that the state does not have. */
async function kills(story: Story, stack: Stack, victim: Victim, moment: Moment): Promise<Token[]> {
  const made = story.tokens().length;
  stack.write(moment.program);
  const held = hold(story, moment);
  const up = stack.beginUp();
  const release = await Promise.race([held, up.ended.then(() => assert.fail("the run was over before that moment"))]);
  while (moment.isCarriedOut && story.tokens().length === made) await sleep(10);

  const started = startedBy(up.pid);
  const hosts = started.filter(({ command }) => command.includes("cmd/dynamic-provider"));
  assert.equal(hosts.length, 1);
  try {
    if (victim !== "the host") process.kill(up.pid, "SIGKILL");
    if (victim !== "the CLI") kill(hosts);
    const { code } = await up.ended;
    assert.notEqual(code, 0);
    if (victim === "the CLI") {
      release();
      const last = moment.program === NAMED ? "rename" : "generateNewToken";
      while (!story.jenkins.requests("POST", last)[0]?.status) await sleep(10);
    }
  } finally {
    kill(started); // A process that outlives its CLI would run for ever.
  }
  const known = stack.resources().map(({ id }) => id);
  return story.tokens().filter(({ tokenUuid }) => !known.includes(tokenUuid));
}

/** Resolves when the request arrives, with a function that releases it. */
function hold({ jenkins }: Story, { holds, isCarriedOut }: Moment): Promise<() => void> {
  return new Promise((isThere) => {
    jenkins.intercept = (request): Interception | undefined => {
      if (!holds(request)) return undefined;
      jenkins.intercept = undefined;
      if (!isCarriedOut) return { kind: "wait", until: new Promise((letIn) => isThere(() => letIn(undefined))) };
      isThere(() => undefined);
      return { kind: "delay", when: "after", ms: ONE_DAY_MS };
    };
  });
}
