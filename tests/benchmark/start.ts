import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The two faces as they are started for every run of Pulumi. */
export const faces = {
  plugin: `${root}dist/provider/plugin/main.js`,
  dynamic: resolve("@pulumi/pulumi/cmd/dynamic-provider"),
};

/** How long a process takes until it has printed its port. */
export async function startMs(script: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [script, "127.0.0.1:1"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  const ms = performance.now() - began;
  if (!/^\d+\s/.test(String(port))) throw new Error(`${script} printed no port but ${port}`);
  child.kill(); // Ended in order, as Pulumi does it.
  await once(child, "close");
  return ms;
}
