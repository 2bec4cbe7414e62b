import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Around, command, loginOf, ownJenkins } from "../support/command.ts";

const TYPE = "jenkins:index:ApiToken";

describe("pulumi-jenkins with several --stack", () => {
  const suite = ownJenkins();
  const stacks = ["--stack", "dev", "--stack", "acme/farm/prod"];
  let folder: string;
  let around: Around;
  let [ci, deploy] = ["", ""];

  beforeEach(() => {
    const { jenkins } = suite;
    const made = (tokenName: string) => jenkins.generate("alice", tokenName).tokenUuid;
    [ci, deploy] = [made("ci"), made("shop/dev/moved-0a1b2c3d")]; // The second one looks like a leftover of shop/dev.
    for (const tokenName of ["shop/dev/left (pulumi 0123456789abcdef)", "by hand"]) made(tokenName);
    folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-stacks-"));
    const write = (file: string, stack: string, project: string, name: string, id: string) => {
      const urn = `urn:pulumi:${stack}::${project}::${TYPE}::${name}`;
      const resource = { urn, type: TYPE, id, outputs: { userId: "alice", jenkinsUrl: jenkins.url } };
      writeFileSync(join(folder, file), JSON.stringify({ deployment: { resources: [resource] } }));
    };
    write("dev.json", "dev", "shop", "one", ci);
    write("prod.json", "prod", "farm", "two", deploy);
    const pulumi = `#!/bin/sh\n[ "$4" = acme/farm/prod ] && exec cat prod.json\nexec cat dev.json\n`;
    writeFileSync(join(folder, "pulumi"), pulumi, { mode: 0o755 });
    around = { folder, programs: folder, environment: loginOf(jenkins.url, "alice") };
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  async function remarks(...args: string[]): Promise<Record<string, unknown>> {
    const { said } = await command(["list", "--json", ...stacks, ...args], around);
    const { tokens } = JSON.parse(said) as { tokens: Record<string, unknown>[] };
    return Object.fromEntries(tokens.map(({ tokenName, resource, isLeftover }) => [tokenName, resource ?? isLeftover]));
  }

  it("list names the project and the stack of each resource, and the leftovers of each stack", async () => {
    assert.deepEqual(await remarks(), {
      "by hand": false,
      ci: "shop/dev/one",
      "shop/dev/left (pulumi 0123456789abcdef)": true,
      "shop/dev/moved-0a1b2c3d": "farm/prod/two",
    });
  });

  it("list knows a stack that is given twice, by one name or by two", async () => {
    for (const again of ["dev", "acme/shop/dev"]) {
      const { said } = await command(["list", "--json", "--stack", "dev", "--stack", again, "--name", "ci"], around);
      assert.equal(JSON.parse(said).tokens[0].resource, "one");
    }
  });

  it("knows a resource whose state has the user and the uuid in capital letters, and revokes a uuid in capital letters", async () => {
    const file = join(folder, "dev.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(ci, ci.toUpperCase()).replace('"alice"', '"ALICE"'));
    assert.equal((await remarks())["ci"], "shop/dev/one");
    const { code } = await command(["revoke", deploy.toUpperCase(), "--yes"], around);
    assert.deepEqual([code, "shop/dev/moved-0a1b2c3d" in (await remarks())], [0, false]);
  });

  it("--not-in-stack finds the tokens that no stack has", async () => {
    assert.deepEqual(Object.keys(await remarks("--not-in-stack", "--name", "*y*")), ["by hand"]);
  });

  it("revoke --leftover revokes no token of another stack", async () => {
    const { code } = await command(["revoke", "--leftover", ...stacks, "--yes"], around);
    assert.deepEqual([code, suite.names("alice")], [0, ["ci", "shop/dev/moved-0a1b2c3d", "by hand"]]);
  });

  it("revoke keeps the tokens of all stacks", async () => {
    const { aside } = await command(["revoke", ci, deploy, ...stacks, "--yes"], around);
    const why = (resource: string) =>
      `it belongs to the resource ${resource} of the stacks. --even-managed revokes it, too.`;
    for (const resource of ["shop/dev/one", "farm/prod/two"]) assert.ok(aside.includes(why(resource)), aside);
    assert.deepEqual(
      [ci, deploy].filter((uuid) => !suite.jenkins.tokens("alice").some(({ tokenUuid }) => tokenUuid === uuid)),
      [],
    );
  });
});
