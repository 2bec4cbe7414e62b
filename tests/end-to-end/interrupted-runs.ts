import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Running } from "../../scripts/pulumi-cli/workshop.ts";
import type { Interception } from "../jenkins/server.ts";
import { gate, onAnswer } from "../support/plugin-held.ts";
import { startedBy } from "./processes.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const CI = `export const { tokenValue } = new JenkinsApiToken("ci");`;

const REPLY_NEVER_COMES: Interception = { kind: "delay", when: "after", ms: 24 * 60 * 60_000 };

/** Creates of the native provider that are interrupted. */
export const interruptedRuns: Claims = {
  "a run that is interrupted before the reply arrives leaves no token": async (story) => {
    const { stack, up } = await begun(story, REPLY_NEVER_COMES);
    process.kill(up.pid, "SIGINT");
    const { code, output } = await up.ended;
    assert.notEqual(code, 0);
    assert.match(output, /Creating the API token .* failed: .*generateNewToken: Pulumi was interrupted\./);
    await leftNothing(story, stack);
  },

  "a run that is interrupted before Jenkins creates the token waits for the token, and leaves none": async (story) => {
    const search = gate();
    const { stack, up } = await begun(story, { kind: "wait", until: search.passed });
    onAnswer(story.jenkins, "/security/", search.open);
    process.kill(up.pid, "SIGINT");
    assert.notEqual((await up.ended).code, 0);
    assert.equal(story.jenkins.requests("POST", "generateNewToken")[0]?.status, 200);
    await leftNothing(story, stack);
  },

  "a run that is interrupted twice ends at once, and its provider still revokes the token": async (story) => {
    const { stack, up } = await begun(story, REPLY_NEVER_COMES);
    const [plugin] = pluginsOf(up);
    let goOn = () => {};
    const twice = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // Otherwise the provider might be done before the second interruption.
    story.jenkins.intercept = ({ path }) => (path.endsWith("/security/") ? { kind: "wait", until: twice } : undefined);
    process.kill(up.pid, "SIGINT");
    await sleep(200); // The CLI treats two signals at once as one.
    process.kill(up.pid, "SIGINT");
    goOn();
    assert.notEqual((await up.ended).code, 0);
    await gone(plugin);
    assert.deepEqual(story.tokens(), []);
    await stack.up();
    assert.equal(story.tokens().length, 1);
    await stack.destroy();
  },

  "the provider of a CLI that is killed by SIGKILL revokes the token, and then ends": async (story) => {
    const { stack, up } = await begun(story, REPLY_NEVER_COMES);
    const started = startedBy(up.pid);
    const [plugin] = pluginsOf(up);
    process.kill(up.pid, "SIGKILL");
    await up.ended;
    await gone(plugin);
    for (const { pid, command } of started) if (command.includes("language-nodejs")) process.kill(pid, "SIGKILL");
    assert.deepEqual(story.tokens(), []);
    await stack.cancel();
    await stack.up();
    await stack.destroy();
    assert.deepEqual(story.tokens(), []);
  },

  "a create that exceeds its custom timeout fails, names the timeout, and leaves no token": async (story) => {
    const stack = await story.stack("", story.tokenLogin, "native");
    stack.write(`new JenkinsApiToken("ci", {}, { customTimeouts: { create: "8s" } });`, "native");
    void intercept(story, REPLY_NEVER_COMES);
    assert.match(await stack.failing("up"), /generateNewToken: The custom timeout \(8 s\) is over\./);
    await leftNothing(story, stack);
  },
};

/** An `up` whose generate request has reached Jenkins. */
async function begun(story: Story, met: Interception): Promise<{ stack: Stack; up: Running }> {
  const stack = await story.stack(CI, story.tokenLogin, "native");
  const isThere = intercept(story, met);
  const up = stack.beginUp();
  await Promise.race([isThere, up.ended.then(({ output }) => assert.fail(`the run is over: ${output}`))]);
  return { stack, up };
}

/** Applies `met` to the first generate request. Resolves when that request arrives. */
function intercept({ jenkins }: Story, met: Interception): Promise<void> {
  return new Promise((resolve) => {
    jenkins.intercept = (request) => {
      if (!request.path.endsWith("/generateNewToken")) return undefined;
      jenkins.intercept = undefined;
      resolve();
      return met;
    };
  });
}

function pluginsOf({ pid }: Running): number[] {
  const plugins = startedBy(pid).filter(({ command }) => command.includes("provider/plugin/main"));
  assert.equal(plugins.length, 1);
  return plugins.map((plugin) => plugin.pid);
}

async function gone(pid = 0): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(50);
  }
}

/** Asserts that nothing is left on Jenkins or in the state, and that the next run creates the token. */
async function leftNothing(story: Story, stack: Stack): Promise<void> {
  assert.deepEqual([story.tokens(), stack.resources()], [[], []]);
  await stack.up();
  assert.equal(story.tokens().length, 1);
  await stack.destroy();
  assert.deepEqual(story.tokens(), []);
}
