import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The two faces as they are started for every run of Pulumi. */
export const faces = {
  plugin: [process.execPath, `${root}dist/provider/plugin/main.js`],
  dynamic: [process.execPath, resolve("@pulumi/pulumi/cmd/dynamic-provider")],
};

export interface Start {
  /** Until the port was printed. */
  ms: number;
  /** The most memory that the process has had by then; nothing where the system does not tell. */
  megabytes: number | undefined;
}

/** What it costs to start a process. */
export async function start([program = "", ...args]: string[]): Promise<Start> {
  const began = performance.now();
  const child = spawn(program, [...args, "127.0.0.1:1"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  const ms = performance.now() - began;
  const megabytes = peakMegabytes(child.pid);
  if (!/^\d+\s/.test(String(port))) throw new Error(`${program} printed no port but ${port}`);
  child.kill(); // Ended in order, as Pulumi does it.
  await once(child, "close");
  return { ms, megabytes };
}

function peakMegabytes(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`; // Linux has it.
  const kilobytes = existsSync(file) && /^VmHWM:\s+(\d+)/m.exec(readFileSync(file, "utf8"))?.[1];
  return kilobytes ? Number(kilobytes) / 1024 : undefined;
}
