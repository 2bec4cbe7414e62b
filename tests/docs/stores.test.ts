import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { Caller } from "../jenkins/caller.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { inTheClear, playEngine, withoutSecrets } from "../support/mocks.ts";
import { blocksOf, ROOT } from "./blocks.ts";
import { isProgram, mistakesInTypes } from "./programs.ts";
import { fileCommands, installStores, storePrograms } from "./stores.ts";

const VALUE = /\b11[0-9a-f]{32}\b/;

type Asked = pulumi.runtime.MockResourceArgs;

describe("docs/where-the-value-goes.md", function () {
  this.timeout("10m"); // On a busy machine, npm takes most of this time.
  const programs = storePrograms();
  const registered: Record<string, Asked[]> = {};
  let folder: string;
  let jenkins: Jenkins;

  before(async () => {
    jenkins = await startJenkins({ users: [{ id: "alice", password: "alice-password" }] });
    folder = await installStores();
  });

  after(async () => {
    pulumi.runtime.setAllConfig({});
    rmSync(folder, { recursive: true, force: true });
    await jenkins.close();
  });

  it("shows nine stores, without type errors against the packages of these stores", () => {
    assert.equal(programs.length, 9);
    assert.deepEqual(mistakesInTypes(programs, folder), []);
  });

  it("and docs/scheduled-runs.md, whose program has no type errors against Pulumi's package for Pulumi Cloud", () => {
    const path = "docs/scheduled-runs.md";
    const scheduled = blocksOf({ path, text: readFileSync(join(ROOT, path), "utf8") }).filter(isProgram);
    assert.equal(scheduled.length, 1);
    assert.deepEqual(mistakesInTypes(scheduled, folder), []);
  });

  for (const { heading, text } of programs) {
    it(`stores a valid value, as a secret: ${heading}`, async () => {
      pulumi.runtime.setAllConfig({ "shop:otherPassword": "other-password" }, ["shop:otherPassword"]);
      const asked = await playEngine(jenkins);
      registered[heading] = asked;
      const program = join(folder, `${heading.replaceAll(" ", "-")}.mts`);
      writeFileSync(program, text);
      await import(pathToFileURL(program).href);
      await pulumi.runtime.disconnect(); // Waits for all registrations.

      const shown = JSON.stringify(asked.map(({ inputs }) => withoutSecrets(inputs)));
      assert.ok(!VALUE.test(shown) && !shown.includes("other-password"), "registered in the clear");
      const stored = asked.filter(({ type }) => !type.endsWith("jenkins:ApiToken"));
      const [value] = VALUE.exec(JSON.stringify(stored.map(({ inputs }) => inTheClear(inputs)))) ?? [];
      assert.equal((await new Caller(jenkins.url, "alice", value).get("/whoAmI/api/json")).status, 200);
    });
  }

  it("has the tokenUuid in an annotation, so that Kubernetes restarts the pods", () => {
    const deployment = registered["Kubernetes Secret"]?.find(({ name }) => name === "deployer")?.inputs;
    const { jenkinsToken } = deployment.spec.template.metadata.annotations;
    assert.ok(jenkins.tokens("alice").some(({ tokenUuid }) => tokenUuid === jenkinsToken));
  });

  it("writes a file that only its owner can read, and removes it", () => {
    const { inputs } = registered["File of a local tool"]?.find(({ name }) => name === "token-file") ?? {};
    const { create, delete: remove, stdin } = inTheClear(inputs) as Record<string, string>;
    const file = join(folder, ".jenkins-token");
    const options = { env: { ...process.env, HOME: folder } };
    writeFileSync(file, "the value before", { mode: 0o644 });
    execFileSync("/bin/sh", ["-c", create ?? ""], { ...options, input: stdin ?? "" });
    assert.equal(readFileSync(file, "utf8"), stdin);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    execFileSync("/bin/sh", ["-c", remove ?? ""], options);
    assert.throws(() => statSync(file), { code: "ENOENT" });
  });

  it("writes such a file without a plugin, from the stack output", () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "pulumi"), '#!/bin/sh\nprintf %s "$*"\n', { mode: 0o755 });
    const PATH = `${bin}:${process.env["PATH"]}`;
    execFileSync("/bin/sh", ["-ec", fileCommands()], { env: { PATH, HOME: folder } });
    const file = join(folder, ".jenkins-token");
    assert.equal(readFileSync(file, "utf8"), "stack output tokenValue --show-secrets");
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
});
