import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stack } from "../pulumi-cli/stack.ts";
import { Workshop } from "../pulumi-cli/workshop.ts";
import type { Case } from "./case.ts";
import { Skipped } from "./needs.ts";
import type { Environment, Scene } from "./server.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** A claim that has to hold with the real Pulumi CLI, on every Jenkins. */
export const endToEnd: Case[] = [
  {
    name: "the real Pulumi CLI creates a token, leaves it unchanged, renames it, refreshes it, and revokes it",
    needs: ["names", "pulumi"],
    run: async (scene) => {
      const workshop = await Workshop.open().catch(() => {
        throw new Skipped("pulumi");
      });
      try {
        await live(scene, workshop);
      } finally {
        workshop.close();
      }
    },
  },
];

async function live(scene: Scene, workshop: Workshop): Promise<void> {
  const { JENKINS_API_TOKEN, JENKINS_PASSWORD } = scene.administrator;
  workshop.secrets.add("the login", JENKINS_API_TOKEN ?? JENKINS_PASSWORD ?? "");
  const stack = await stackIn(workshop, scene.administrator);
  const declare = (tokenName: string) =>
    stack.write(
      `export const { tokenUuid, tokenValue, userId } = new JenkinsApiToken("ci", ${JSON.stringify({ tokenName })});`,
    );

  declare(`${scene.name} one`);
  await stack.up();
  assert.deepEqual(await scene.names(), [`${scene.name} one`]);
  const { tokenUuid, tokenValue, userId } = await stack.outputs();
  assert.equal(await scene.signsIn(userId, tokenValue), true);
  assert.match(await stack.up(), /2 unchanged/);

  declare(`${scene.name} two`);
  assert.match(await stack.up(), /1 updated/);
  assert.deepEqual(await scene.names(), [`${scene.name} two`]);
  assert.equal((await stack.outputs())["tokenUuid"], tokenUuid);
  assert.match(await stack.refresh(), /2 unchanged/);

  await stack.destroy();
  assert.deepEqual(await scene.names(), []);
  assert.equal(await scene.signsIn(userId, tokenValue), false);
  assert.deepEqual(workshop.leaks(), []);
}

async function stackIn(workshop: Workshop, login: Environment): Promise<Stack> {
  const folder = join(workshop.folder, "program");
  const backend = join(workshop.folder, "backend");
  for (const made of [folder, backend]) mkdirSync(made);
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module", "main": "index.mjs" }`);
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: acceptance\n${runtime}\nmain: index.mjs\n`);
  const stack = new Stack(workshop, folder, "acceptance", backend, login);
  await stack.init();
  return stack;
}
