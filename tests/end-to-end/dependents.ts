import assert from "node:assert/strict";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

/** A token that is replaced every month, and a dependent that logs in with it. The dependent fails while BROKEN is set. */
function program(month: string, { token = "{}", dependent = "{}" } = {}): string {
  return `
    const token = new JenkinsApiToken("ci", { triggers: { month: "${month}" } }, ${token});
    const work = async (inputs) => {
      if (process.env.BROKEN) throw new Error("the dependent is broken");
      const authorization = "Basic " + Buffer.from("alice:" + inputs.value).toString("base64");
      const { status } = await fetch(process.env.JENKINS_URL + "/whoAmI/api/json", { headers: { authorization } });
      return { id: "made", outs: { ...inputs, month: "${month}", status } };
    };
    const provider = { create: work, update: async (id, olds, news) => await work(news) };
    class Dependent extends pulumi.dynamic.Resource {
      constructor() {
        super(provider, "dependent", { value: token.tokenValue }, ${dependent});
      }
    }
    new Dependent();
    export const { tokenValue } = token;`;
}

const REPLACED = `{ replaceOnChanges: ["value"] }`;

/** Replacements of a token whose dependents cannot be updated. */
export const dependents: Claims = {
  "a replacement keeps the old token valid if a dependent cannot be updated, and the next up completes it": (story) =>
    isFinishedLater(story, {}, "the dependent is broken"),

  "a replacement keeps the old token valid if a dependent cannot be replaced, and the next up completes it": (story) =>
    isFinishedLater(story, { dependent: REPLACED }, "the dependent is broken"),

  "a replacement keeps the old token valid while a dependent that would be replaced, too, is protected": async (
    story,
  ) => {
    const stack = await story.stack(
      program("november", { dependent: `{ replaceOnChanges: ["value"], protect: true }` }),
    );
    await stack.up();
    const { tokenValue: old } = await stack.outputs();
    stack.write(program("december", { dependent: `{ replaceOnChanges: ["value"], protect: true }` }));
    assert.match(
      await stack.failing("up"),
      /unable to replace .*::dependent"\s+as it is currently marked for protection/,
    );
    assert.equal(await story.statusFor(old), 200);
    assert.equal(stack.resource("dependent").outputs["month"], "november");
    stack.write(program("december", { dependent: REPLACED }));
    await isRotated(story, stack, old);
  },

  "a protected token is not replaced: it keeps its value, and Jenkins gets no request": async (story) => {
    const stack = await story.stack(program("november", { token: "{ protect: true }" }));
    await stack.up();
    const { tokenValue: old } = await stack.outputs();
    story.newRequests();
    stack.write(program("december", { token: "{ protect: true }" }));
    assert.match(await stack.failing("up"), /unable to replace .*::ci"\s+as it is currently marked for protection/);
    assert.deepEqual(story.newRequests(), []);
    assert.equal(await story.statusFor(old), 200);
  },

  "a replacement keeps the old token valid if the new one is lost, and the next up updates dependents": async (
    story,
  ) => {
    const stack = await story.stack(program("november", { dependent: REPLACED }));
    await stack.up();
    const { tokenValue: old } = await stack.outputs();
    story.jenkins.intercept = ({ path }) => {
      if (path.endsWith("/generateNewToken")) return { kind: "drop", when: "after" };
      return path.endsWith("/security/") ? { kind: "reply", status: 502 } : undefined;
    };
    stack.write(program("december", { dependent: REPLACED }));
    assert.match(await stack.failing("up"), /could not be finished/);
    story.jenkins.intercept = undefined;
    assert.equal(story.tokens().length, 2);
    assert.equal(await story.statusFor(old), 200);
    assert.equal(stack.resource("dependent").outputs["month"], "november");
    await isRotated(story, stack, old);
  },

  "up --continue-on-error creates the good token beside one that fails, and the next up creates all": async (story) => {
    const stack = await story.stack(
      `const first = new JenkinsApiToken("bad");
      export const bad = first.tokenValue;
      export const good = new JenkinsApiToken("good").tokenValue;
      export const after = new JenkinsApiToken("after", { triggers: { uuid: first.tokenUuid } }).tokenValue;`,
    );
    story.jenkins.intercept = ({ path, form }) => {
      const isBad = path.endsWith("/generateNewToken") && form["newTokenName"]?.includes("/bad-");
      const headers = { Location: "https://sso.example.com/", "X-Content-Type-Options": "nosniff" }; // From Jenkins.
      return isBad ? { kind: "reply", status: 302, headers } : undefined;
    };
    assert.match(await stack.failing("up", "--continue-on-error"), /a redirect to https:\/\/sso\.example\.com/);
    assert.deepEqual(story.tokenNames(), [stack.resource("good").outputs["tokenName"]]);
    story.jenkins.intercept = undefined;
    await stack.up();
    for (const value of Object.values(await stack.outputs())) assert.equal(await story.statusFor(value), 200);
    assert.equal(story.tokens().length, 3);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },
};

async function isFinishedLater(story: Story, options: { dependent?: string }, failure: string): Promise<void> {
  const stack = await story.stack(program("november", options));
  await stack.up();
  const { tokenValue: old } = await stack.outputs();
  stack.write(program("december", options));
  stack.environment["BROKEN"] = "1";
  assert.ok((await stack.failing("up")).includes(failure));
  assert.equal(await story.statusFor(old), 200);
  assert.equal(await story.statusFor((await stack.outputs())["tokenValue"]), 200);
  delete stack.environment["BROKEN"];
  await isRotated(story, stack, old);
}

/** The next `up` moves the dependent to the new token and revokes the old one. */
async function isRotated(story: Story, stack: Stack, old: string | undefined): Promise<void> {
  await stack.up();
  const { tokenValue } = await stack.outputs();
  assert.ok(tokenValue !== old, "the value has not changed"); // Prints no value.
  assert.equal(await story.statusFor(tokenValue), 200);
  assert.equal(await story.statusFor(old), 401);
  const { month, status } = stack.resource("dependent").outputs;
  assert.deepEqual({ month, status }, { month: "december", status: 200 });
  assert.deepEqual(
    story.tokens().map(({ tokenUuid }) => tokenUuid),
    [stack.resource("ci").id],
  );
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}
