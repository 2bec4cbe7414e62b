import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import schema from "../../schema.json" with { type: "json" };
import type { YamlStack } from "../../scripts/pulumi-cli/stack.ts";
import { startJenkins } from "../jenkins/server.ts";
import { command } from "../support/command.ts";
import type { Claims } from "./side-by-side.ts";

const PLUGIN = "pulumi-resource-jenkins";
const BUNDLE = fileURLToPath(new URL("../../scripts/bundle.ts", import.meta.url));

const YAML = (properties: string) => `
resources:
  ci:
    type: jenkins:ApiToken
    properties: { ${properties} }
  dependent:
    type: jenkins:ApiToken
    properties: { triggers: { value: "\${ci.tokenValue}" } }
outputs: { tokenUuid: "\${ci.tokenUuid}", tokenValue: "\${ci.tokenValue}", tokenName: "\${ci.tokenName}" }
`;

/** The life of tokens of the native provider. */
export const native: Claims = {
  "a YAML program manages a token for its whole life, and a rename changes no dependent": async (story) => {
    const stack = await story.yamlStack(YAML("tokenName: first"));
    assert.match(await stack.preview(), /3 to create/);
    assert.deepEqual(story.newRequests(), []);
    await stack.up();
    const made = await stack.outputs();
    assert.equal(await story.statusFor(made["tokenValue"]), 200);

    stack.write(YAML("tokenName: second"));
    const preview = await stack.preview("--diff");
    assert.match(preview, /~ tokenName: "first" => "second"/);
    assert.match(preview, /~ 1 to update\n +2 unchanged/);
    story.newRequests();
    await stack.up();
    assert.deepEqual(story.newRequests(), ["GET whoAmI", "POST rename"].slice(-1));
    assert.deepEqual(await stack.outputs(), { ...made, tokenName: "second" });

    story.jenkins.rename("alice", made["tokenUuid"] ?? "", "drifted");
    assert.match(await stack.refresh(), /~ 1 updated/);
    await stack.up();
    assert.ok(story.tokenNames().includes("second"));
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "a token created by hand is imported without its value, adopts the value, and is replaced by a trigger": async (
    story,
  ) => {
    const { tokenUuid, tokenValue } = story.jenkins.generate("alice", "by hand");
    const other = story.jenkins.generate("alice", "another").tokenValue;
    const stack = await story.yamlStack("outputs: {}");
    await isImported(stack, tokenUuid);

    const declared = (more = "") => `
config: { known: { type: string, secret: true } }
resources:
  ci: { type: jenkins:ApiToken, properties: { tokenName: by hand ${more} } }
outputs: { tokenUuid: "\${ci.tokenUuid}", tokenValue: "\${ci.tokenValue}" }
`;
    await stack.configureSecret("known", `11${"a".repeat(32)}`);
    stack.write(declared());
    await stack.up();
    stack.write(declared(`, tokenValue: "\${known}"`));
    assert.match(await stack.failing("up"), /Adopting the tokenValue that is given .*: Jenkins does not accept it/);
    await stack.configureSecret("known", tokenValue);
    await stack.up();
    stack.write(declared());
    await stack.up("--expect-no-changes");
    assert.equal((await stack.outputs())["tokenValue"], tokenValue);

    stack.write(declared(", triggers: { rotated: now }"));
    await stack.up();
    const rotated = await stack.outputs();
    assert.notEqual(rotated["tokenValue"], tokenValue);
    assert.deepEqual([await story.statusFor(tokenValue), await story.statusFor(rotated["tokenValue"])], [401, 200]);
    await stack.destroy();
    assert.equal(await story.statusFor(other), 200);
  },

  "a JavaScript program manages tokens with the native class, and imports an existing token by the import option":
    async (story) => {
      const { tokenUuid } = story.jenkins.generate("alice", "by hand");
      const source = (name: string) => `
      const ci = new JenkinsApiToken("ci", { tokenName: "${name}" });
      const old = new JenkinsApiToken("old", { tokenName: "by hand" }, { import: "alice/${tokenUuid}" });
      const found = JenkinsApiToken.get("found", ci.tokenUuid, { user: "alice" });
      const expiry = ci.expiresOn.apply((date) => date ?? "never");
      new JenkinsApiToken("dependent", { tokenName: "dependent", triggers: { value: ci.tokenValue, expiry } });
      export const { tokenValue, authorization } = ci;
      export const imported = old.tokenUuid, foundName = found.tokenName;`;
      const stack = await story.stack(source("first"), story.tokenLogin, "native");
      await stack.up();
      await stack.up("--expect-no-changes");
      const made = await stack.outputs();
      assert.equal(made["imported"], tokenUuid);
      assert.equal(made["foundName"], "first");
      stack.write(source("second"), "native");
      assert.doesNotMatch(await stack.preview(), /replace/);
      await stack.up();
      assert.equal((await stack.outputs())["tokenValue"], made["tokenValue"]);
      assert.deepEqual(story.tokenNames().sort(), ["by hand", "dependent", "second"]);
      await stack.destroy();
      assert.deepEqual(story.tokenNames(), []);
    },

  "a stack of the dynamic class changes to the native class without replacements or lost values": async (story) => {
    const source = `
      const connection = { url: process.env.JENKINS_URL, username: "alice", apiToken: process.env.JENKINS_API_TOKEN };
      const auto = new JenkinsApiToken("auto");
      const named = new JenkinsApiToken("named", { connection, tokenName: "mine", triggers: { month: "11" }, user: "alice" });
      export const autoValue = auto.tokenValue, autoName = auto.tokenName, namedValue = named.tokenValue;`;
    const stack = await story.stack(source);
    await stack.up();
    const before = await stack.outputs();
    story.newRequests();

    stack.write(source, "native");
    assert.match(await stack.preview(), /3 unchanged/);
    await stack.up("--expect-no-changes");
    assert.deepEqual(await stack.outputs(), before);
    assert.deepEqual(story.newRequests(), []);
    assert.equal(stack.resource("auto").type, "jenkins:index:ApiToken");

    await stack.refresh("--expect-no-changes");
    assert.deepEqual(await stack.outputs(), before);
    stack.write(source.replace(`"mine"`, `"ours"`), "native");
    await stack.up();
    assert.deepEqual(await stack.outputs(), before);
    assert.deepEqual(new Set(story.tokenNames()), new Set([before["autoName"], "ours"]));
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "a stack of the dynamic class can be destroyed if only its program uses the native class": async (story) => {
    const source = `export const { tokenValue } = new JenkinsApiToken("ci");`;
    const stack = await story.stack(source);
    await stack.up();
    stack.write(source, "native");
    await stack.refresh("--expect-no-changes");
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "explicit providers create tokens on two Jenkins, and new credentials change no token": async (story) => {
    const other = await startJenkins({ users: [{ id: "bob" }] });
    try {
      const [first, second] = [1, 2].map((index) => other.generate("bob", `login ${index}`).tokenValue);
      for (const secret of [first, second])
        story.workshop.secrets.addLogin("bob", "a login of the other", secret ?? "");
      const source = `
        const bobs = new Provider("bobs", { url: ${JSON.stringify(other.url)}, username: "bob", apiToken: process.env.BOBS });
        const here = new JenkinsApiToken("here"), there = new JenkinsApiToken("there", {}, { provider: bobs });
        export const hereUrl = here.jenkinsUrl, thereUrl = there.jenkinsUrl, thereUuid = there.tokenUuid;`;
      const stack = await story.stack(source, { ...story.tokenLogin, BOBS: first ?? "" }, "native");
      await stack.up();
      const made = await stack.outputs();
      assert.deepEqual([made["hereUrl"], made["thereUrl"]], [story.jenkins.url, other.url]);
      stack.environment["BOBS"] = second ?? "";
      assert.match(await stack.up(), /~ 1 updated\n +3 unchanged/);
      assert.deepEqual(await stack.outputs(), made);
      await stack.destroy();
      assert.deepEqual(
        other.tokens("bob").map(({ tokenName }) => tokenName),
        ["login 1", "login 2"],
      );
    } finally {
      await other.close();
    }
  },

  "examples/yaml creates a token with the plugin of npm, and replaces it with that of the bundle": async (story) => {
    const stack = await story.example("yaml");
    const { folder, environment } = stack;
    mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
    symlinkSync(join(story.workshop.plugin, PLUGIN), join(folder, "node_modules/.bin", PLUGIN));
    const program = join(folder, "Pulumi.yaml");
    const source = readFileSync(program, "utf8");
    writeFileSync(program, `plugins: { providers: [{ name: jenkins, path: node_modules/.bin }] }\n${source}`);
    await stack.up();
    const { tokenValue } = await stack.outputs();
    assert.equal(await story.statusFor(tokenValue), 200);

    rmSync(join(folder, "node_modules"), { recursive: true });
    writeFileSync(program, source);
    assert.match(await stack.failing("up"), /no resource plugin 'pulumi-resource-jenkins' found/);
    await promisify(execFile)(process.execPath, [BUNDLE, folder]);
    const { version } = schema;
    const install = ["plugin", "install", "resource", "jenkins", version, "--file", `${PLUGIN}-script-v${version}.tgz`];
    const { code, output } = await story.workshop.pulumi(install, folder, environment);
    assert.equal(code, 0, output);
    await stack.configure("rotated", "2026-12");
    await stack.up();
    const rotated = await stack.outputs();
    assert.deepEqual([await story.statusFor(tokenValue), await story.statusFor(rotated["tokenValue"])], [401, 200]);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "the state contains no credentials from the environment": async (story) => {
    const stack = await story.yamlStack(YAML("tokenName: one"));
    await stack.up();
    assert.ok(!(await stack.exported()).includes(story.loginToken));
    await stack.destroy();
  },

  "credentials in the stack config are used only with the URL in the stack config, not with JENKINS_URL": async (
    story,
  ) => {
    const stack = await story.yamlStack(YAML("tokenName: one"), { JENKINS_URL: await story.urlOfNobody() });
    assert.match(await stack.failing("up"), /a login is missing\. Set JENKINS_USER_ID/);
    await stack.configure("jenkins:username", "alice");
    await stack.configureSecret("jenkins:apiToken", story.loginToken);
    assert.match(
      await stack.failing("up"),
      /the login comes from the stack config, so the url has to come from there too/,
    );
    await stack.configure("jenkins:url", story.jenkins.url);
    await stack.configure("jenkins:requestTimeoutSeconds", "a while");
    assert.match(await stack.failing("up"), /jenkins:requestTimeoutSeconds must be a number of seconds/);
    await stack.configure("jenkins:requestTimeoutSeconds", "20");
    await stack.up();
    assert.equal(story.tokens().length, 2);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },

  "`pulumi-jenkins list --import-file` and `pulumi import --file` import all tokens of a user": async (story) => {
    const names = ["deploy script", "Deploy Script", "雪", "42"]; // In the order of `list`.
    const uuids = names.map((name) => story.jenkins.generate("alice", name).tokenUuid);
    const stack = await story.yamlStack("outputs: {}");
    const file = join(stack.folder, "tokens.json");
    const environment = story.tokenLogin as Record<string, string>;
    const listed = await command(["list", "--import-file", file], { environment });
    assert.equal(listed.code, 0);
    assert.ok(listed.aside.includes(`Wrote 5 tokens into ${file}. `), listed.aside);
    await stack.importAll(file, "--protect=false", "--out", "imported.yaml");
    const ids = ["deploy-script", "deploy-script-2", "token", "token-42"].map((name) => stack.resource(name).id);
    assert.deepEqual(ids, uuids);
  },

  "credentials that a program declares in the clear are encrypted in the state": async (story) => {
    const { JENKINS_URL, JENKINS_USER_ID, JENKINS_API_TOKEN, ...nothing } = story.tokenLogin;
    const source = `
      const login = { url: "${JENKINS_URL}", username: "alice", apiToken: process.env.GIVEN };
      class Provider extends pulumi.ProviderResource {}
      class Token extends pulumi.CustomResource {}
      new Token("jenkins:index:ApiToken", "one", { connection: login });
      new Token("jenkins:index:ApiToken", "two", {}, { provider: new Provider("jenkins", "provider", login) });`;
    const stack = await story.stack("", { ...nothing, GIVEN: JENKINS_API_TOKEN ?? "" });
    stack.write(source, "none");
    await stack.up();
    assert.equal(story.tokens().length, 2);
    assert.ok(!(await stack.exported()).includes(story.loginToken));
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },
};

async function isImported(stack: YamlStack, tokenUuid: string): Promise<void> {
  const type = "jenkins:index:ApiToken";
  const missing = await stack.failing("import", type, "ci", `alice/${tokenUuid.replace(/[0-9a-f]/g, "a")}`);
  assert.match(missing, /Looking up API token [\w-]+ of alice failed: .*: there is no such token\./);
  await stack.import(type, "ci", `alice/${tokenUuid}`, "--protect=false", "--out", "imported.yaml");
  assert.equal(stack.resource("ci").id, tokenUuid);
  assert.equal(stack.resource("ci").outputs["tokenValue"], undefined);
}
