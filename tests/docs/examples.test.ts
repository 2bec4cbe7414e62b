import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { dirname } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { Docker } from "../end-to-end/docker.ts";
import { Caller } from "../jenkins/caller.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type OtherStacks, playEngine, resolved, withoutSecrets } from "../support/mocks.ts";

const examples = new URL("../../examples/", import.meta.url);
/** A token's value, or a header with one. */
const SIGNS_IN = /\b11[0-9a-f]{32}\b|\bBasic /;

/** Sorted, because a program in a subfolder uses the outputs of the program above it. */
const programs = globSync("**/index.ts", { cwd: examples, exclude: ["**/node_modules"] })
  .map((path) => dirname(path))
  .filter((folder) => existsSync(new URL(`${folder}/Pulumi.yaml`, examples))) // Not a policy pack.
  .sort((a, b) => a.localeCompare(b));

describe("Each example", () => {
  let jenkins: Jenkins;
  let docker: Docker;
  const stacks: OtherStacks = {};
  const registered: Record<string, pulumi.runtime.MockResourceArgs[]> = {};
  const { PATH = "" } = process.env;

  before(async () => {
    const alice = { id: "alice", password: "alice-password", administrator: true };
    jenkins = await startJenkins({ users: [alice, { id: "deploy-bot" }] });
    docker = await Docker.open();
    process.env["PATH"] = docker.bin + delimiter + PATH;
  });

  after(async () => {
    process.env["PATH"] = PATH;
    pulumi.runtime.setAllConfig({});
    await docker.close();
    await jenkins.close();
  });

  /** The stack config that the README of the example asks for. */
  function configOf(folder: string): Record<string, unknown> {
    switch (folder) {
      case "wiring/consumer":
        return { producer: stackOf("wiring") };
      case "many-controllers": {
        const berlin = jenkins.generate("alice", "by hand").tokenValue;
        return { username: "alice", controllers: { berlin: jenkins.url }, apiTokens: { berlin } };
      }
      case "github-secret":
        return { repository: "shop" };
      case "rebuilt-controller":
        return { value: `11${"0f".repeat(16)}` };
      case "fresh-jenkins":
        return { adminToken: docker.adminToken };
      default:
        return {};
    }
  }

  for (const folder of globSync("*/tsconfig.json", { cwd: examples }).map((path) => dirname(path))) {
    it(`has no type errors with its own tsconfig.json: ${folder}`, async () => {
      const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
      const project = fileURLToPath(new URL(folder, examples));
      const env = { ...process.env, NODE_V8_COVERAGE: "" };
      const checked = promisify(execFile)(process.execPath, [compiler, "-p", project], { env });
      const { stdout } = await checked.catch((error) => error);
      assert.equal(stdout, "");
    });
  }

  for (const folder of programs) {
    it(`runs, creates its tokens, and shows their values only as secrets: ${folder}`, async () => {
      const project = projectIn(folder);
      const config = Object.entries(configOf(folder)).map(([key, value]) => {
        return [`${project}:${key}`, typeof value === "string" ? value : JSON.stringify(value)];
      });
      pulumi.runtime.setAllConfig(Object.fromEntries(config));
      const asked = await playEngine(jenkins, project, stacks);
      registered[folder] = asked;
      const exported: Record<string, pulumi.Output<unknown>> = await import(
        new URL(`${folder}/index.ts`, examples).href
      );
      const outputs = await Promise.all(
        Object.entries(exported).map(async ([name, output]): Promise<[string, unknown]> => {
          const value = await resolved(output);
          assert.ok(value, `${name} has no value`);
          if (SIGNS_IN.test(JSON.stringify(value))) assert.equal(await pulumi.isSecret(output), true, name);
          return [name, value];
        }),
      );
      stacks[stackOf(folder)] = Object.fromEntries(outputs);

      for (const { name, inputs } of asked) {
        assert.ok(!SIGNS_IN.test(JSON.stringify(withoutSecrets(inputs))), name); // Only shows the name.
      }

      const tokens = [jenkins.tokens("alice"), jenkins.tokens("deploy-bot"), docker.jenkins.tokens("admin")].flat();
      const made = tokens.map(({ tokenName }) => tokenName.replace(/-[0-9a-f]{8}$/, ""));
      const declared = asked.filter(({ type }) => type.endsWith("jenkins:ApiToken"));
      for (const { name } of declared) assert.ok(made.includes(`${project}/dev/${name}`), name);
    });
  }

  it("github-secret gives GitHub the credentials for a workflow, with the token's value as a secret", async () => {
    const given = (name: string) => registered["github-secret"]?.find((asked) => asked.name === name)?.inputs;
    assert.deepEqual(given("user"), { repository: "shop", variableName: "JENKINS_USER_ID", value: "alice" });
    assert.deepEqual(given("url"), { repository: "shop", variableName: "JENKINS_URL", value: jenkins.url });
    const { value, ...rest } = given("token");
    assert.deepEqual(rest, { repository: "shop", secretName: "JENKINS_API_TOKEN" });
    const whoAmI = new Caller(jenkins.url, "alice", pulumi.runtime.unwrapRpcSecret(value)).get("/whoAmI/api/json");
    assert.equal((await whoAmI).status, 200);
  });
});

function projectIn(folder: string): string {
  const settings = readFileSync(new URL(`${folder}/Pulumi.yaml`, examples), "utf8");
  return /^name: (.*)$/m.exec(settings)?.[1] ?? "";
}

function stackOf(folder: string): string {
  return `organization/${projectIn(folder)}/dev`;
}
