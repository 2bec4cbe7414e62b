import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Claims } from "./side-by-side.ts";

const SCHEMA = fileURLToPath(new URL("../../schema.json", import.meta.url));

const PREVIOUS = `  previous: "\${nightly.previous.tokenValue}"`;

const rotating = (turn: number, outputs = "") => `
resources:
  nightly:
    type: jenkins:RotatingApiToken
    properties: { rotateEveryDays: 30, triggers: { turn: "${turn}" } }
outputs:
  current: "\${nightly.current.tokenValue}"
${outputs}
`;

const listing = (args: string) => `
resources:
  ci: { type: jenkins:ApiToken, properties: { tokenName: ci } }
variables:
  found:
    fn::invoke: { function: jenkins:getApiTokens, arguments: { user: "\${ci.userId}" ${args} } }
outputs: { userId: "\${found.userId}", tokens: "\${found.tokens}" }
`;

const namesIn = (tokens: unknown) => (tokens as { tokenName: string }[]).map(({ tokenName }) => tokenName);

/** Features of YAML programs, and the function getApiTokens in YAML and JavaScript. */
export const yaml: Claims = {
  "a YAML program rotates a token with overlap: both values log in, and neither is shown": async (story) => {
    const stack = await story.yamlStack(rotating(1)); // YAML cannot refer to a property that does not exist yet.
    assert.match(await stack.preview(), /2 to create/);
    await stack.up();
    const first = await stack.outputs();
    assert.equal(await story.statusFor(first["current"]), 200);

    stack.write(rotating(2, PREVIOUS));
    story.newRequests();
    const preview = await stack.preview("--diff");
    assert.deepEqual(story.newRequests(), []);
    assert.match(preview, /~ turn: "1" => "2"/);
    await stack.up();
    const { current, previous } = await stack.outputs();
    assert.equal(previous, first["current"]);
    assert.deepEqual([await story.statusFor(current), await story.statusFor(previous)], [200, 200]);
    assert.deepEqual(await stack.shownOutputs(), { current: "[secret]", previous: "[secret]" });
    const exported = await stack.exported();
    for (const value of [current, previous]) assert.ok(value && !exported.includes(value));

    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "a plugin finds the engine's address after additional flags of the CLI: it creates a token, and warns": async (
    story,
  ) => {
    const stack = await story.yamlStack(`resources: { ci: { type: "jenkins:ApiToken" } }`);
    await stack.configure("jenkins:insecureSkipTlsVerify", "true");
    await stack.configure("jenkins:url", story.jenkins.url);
    const trace = join(stack.folder, "trace");
    assert.match(await stack.up("--logflow", "--verbose=1", `--tracing=file:${trace}`), /insecureSkipTlsVerify/);
    rmSync(trace); // A trace contains all messages to and from a plugin, including token values.
    await stack.destroy("--logflow", "--verbose=1");
    assert.deepEqual(story.tokenNames(), []);
  },

  "a YAML program lists a user's tokens, even in a preview, and gets an error for a wrong argument": async (story) => {
    const stack = await story.yamlStack(listing(""));
    await stack.up();
    const { userId, tokens } = await stack.outputs();
    assert.deepEqual([userId, namesIn(tokens)], ["alice", ["ci", "to log in with"]]);
    assert.deepEqual(await stack.shownOutputs(), await stack.outputs());
    stack.write(listing(", unusedForDays: 90"));
    assert.match(
      await stack.failing("preview"),
      /unusedForDays: needs exact times, which only the script console gives/,
    );
    await stack.destroy();
  },

  "a JavaScript program lists tokens through the plugin: at once, after dependencies, and with an explicit provider":
    async (story) => {
      const bobs = story.jenkins.generate("bob", "bob's").tokenValue;
      story.workshop.secrets.addLogin("bob", "bob's token", bobs);
      const source = `
        import { getJenkinsApiTokens, getJenkinsApiTokensOutput } from "pulumi-jenkins/native";
        const names = ({ tokens }) => tokens.map(({ tokenName }) => tokenName).join();
        const provider = new Provider("bobs", { url: process.env.JENKINS_URL, username: "bob", apiToken: process.env.BOBS });
        const ci = new JenkinsApiToken("ci", { tokenName: "ci" });
        export const before = names(await getJenkinsApiTokens());
        export const bobs = names(await getJenkinsApiTokens({}, { provider }));
        export const after = getJenkinsApiTokensOutput({ user: ci.userId }, { dependsOn: [ci] }).apply(names);`;
      const stack = await story.stack(source, { ...story.tokenLogin, BOBS: bobs }, "native");
      const listed = story.newRequests();
      assert.deepEqual(listed, []);
      await stack.preview();
      assert.deepEqual(story.newChanges(), []);
      await stack.up();
      assert.deepEqual(await stack.shownOutputs(), {
        before: "to log in with",
        bobs: "bob's",
        after: "ci,to log in with",
      });
      await stack.destroy();
      assert.deepEqual(story.tokenNames(), []);
    },

  "unknown settings of a provider called jenkins warn in the stack config, and fail in an explicit provider": async (
    story,
  ) => {
    const stack = await story.yamlStack(`resources: { ci: { type: "jenkins:ApiToken" } }`);
    await stack.configure("jenkins:serverUrl", "https://other.example.com");
    await stack.configure("jenkins:requestTimeoutSecond", "20");
    const warnings = [
      /jenkins:serverUrl is ignored, because/,
      /jenkins:requestTimeoutSecond .*Did you mean requestTimeoutSeconds\?/,
    ];
    const [previewed, done] = [await stack.preview(), await stack.up()];
    for (const warning of warnings) {
      assert.match(previewed, warning);
      assert.match(done, warning);
    }
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
    stack.write(
      `resources: { own: { type: "pulumi:providers:jenkins", properties: { serverUrl: "https://other.example.com" } } }`,
    );
    assert.match(await stack.failing("preview"), /serverUrl/);
  },

  "a pattern of pulumi:autonaming sets the names, and without random digits Pulumi revokes before it creates": async (
    story,
  ) => {
    const program = (turn: number, more = "") => `
resources:
  ci: { type: "jenkins:ApiToken", properties: { triggers: { turn: "${turn}" } } }
  ${more}
`;
    const stack = await story.yamlStack(program(1));
    await stack.configure("pulumi:autonaming.pattern", `token-of-\${project}-\${name}`);
    await stack.up();
    assert.deepEqual(story.tokenNames(), ["token-of-yaml-ci"]);
    await stack.up("--expect-no-changes");
    stack.write(program(2));
    story.newRequests();
    await stack.up();
    assert.deepEqual(story.newChanges(), ["POST revoke", "POST generateNewToken", "POST rename"]);
    assert.deepEqual(story.tokenNames(), ["token-of-yaml-ci"]);

    await stack.unconfigure("pulumi:autonaming.pattern");
    await stack.configure("pulumi:autonaming.mode", "disabled");
    await stack.up("--expect-no-changes");
    stack.write(program(2, `nameless: { type: "jenkins:ApiToken" }`));
    assert.match(await stack.failing("up"), /tokenName: must be given, because pulumi:autonaming is disabled/);
    await stack.destroy();
  },

  "refreshBeforeUpdate makes a plain up create a token again that was revoked by hand, and reads one page in each run":
    async (story) => {
      const program = (refreshBeforeUpdate: boolean) => `
resources:
  one: { type: "jenkins:ApiToken", properties: { refreshBeforeUpdate: ${refreshBeforeUpdate} } }
  two: { type: "jenkins:ApiToken", properties: { refreshBeforeUpdate: ${refreshBeforeUpdate} } }
`;
      const stack = await story.yamlStack(program(false));
      await stack.up();
      stack.write(program(true));
      story.newRequests();
      assert.match(await stack.up(), /2 updated/);
      assert.deepEqual(story.newRequests(), []);
      await stack.up("--expect-no-changes");
      assert.deepEqual(
        story.newRequests().filter((request) => request !== "GET whoAmI"),
        ["GET security"],
      );
      await stack.preview();
      assert.deepEqual(
        story.newRequests().filter((request) => request !== "GET whoAmI"),
        ["GET security"],
      );

      story.jenkins.revoke("alice", stack.resource("one").id ?? "");
      assert.match(await stack.up(), /1 created/);
      assert.equal(story.tokens().length, 2);
      stack.write(program(false));
      assert.match(await stack.up(), /2 updated/);
      story.newRequests();
      await stack.up("--expect-no-changes");
      assert.deepEqual(story.newRequests(), []);
      await stack.destroy();
    },

  "`pulumi schema check` reports nothing about schema.json": async ({ workshop, backend }) => {
    const run = await workshop.pulumi(["schema", "check", SCHEMA], workshop.folder, workshop.environment(backend));
    assert.deepEqual(run, { code: 0, output: "" });
  },
};
