import assert from "node:assert/strict";
import { join } from "node:path";
import schema from "../../schema.json" with { type: "json" };
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Story } from "./story.ts";

/** Installs the plugin into a Pulumi home of this stack. From then on, Pulumi contacts no registry. */
export async function installPlugin({ workshop }: Story, { folder, environment }: Stack): Promise<void> {
  environment["PULUMI_HOME"] = join(folder, "home");
  environment["PULUMI_DISABLE_REGISTRY_RESOLVE"] = "true";
  const install = ["plugin", "install", "resource", "jenkins", schema.version, "--file", workshop.plugin];
  for (const args of [install, ["stack", "select", "dev"]]) {
    const { code, output } = await workshop.pulumi(args, folder, environment);
    assert.equal(code, 0, output);
  }
}
