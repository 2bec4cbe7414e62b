/** Builds all tools of these tests in advance. If a tool cannot be built, the tests report it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSdk } from "./generators.ts";
import { goHost, javaHost, pythonHost, pythonWithSdk } from "./hosts.ts";

const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-sdks-"));
const generators = [() => generateSdk("python", folder), () => generateSdk("java", folder)];
for (const make of [pythonHost, pythonWithSdk, goHost, javaHost, ...generators]) {
  try {
    await make();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  }
}
rmSync(folder, { recursive: true });
