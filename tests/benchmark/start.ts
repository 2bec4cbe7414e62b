import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The commands that start our plugin and the dynamic host, once in every run of Pulumi. */
export const faces = {
  plugin: [process.execPath, `${root}dist/provider/plugin/main.js`],
  dynamic: [process.execPath, resolve("@pulumi/pulumi/cmd/dynamic-provider")],
};

export interface Start {
  /** The time until the port was printed. */
  ms: number;
  /** The peak memory until then. Undefined if the system does not report it. */
  megabytes: number | undefined;
}

/** Starts a process, and measures the time and memory until it prints its port. */
export async function start([program = "", ...args]: string[]): Promise<Start> {
  const began = performance.now();
  const child = spawn(program, [...args, "127.0.0.1:1"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  const ms = performance.now() - began;
  const megabytes = peakMegabytes(child.pid);
  if (!/^\d+\s/.test(String(port))) throw new Error(`${program} printed no port but ${port}`);
  child.kill(); // Ends the process like Pulumi does.
  await once(child, "close");
  return { ms, megabytes };
}

function peakMegabytes(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/status`; // Exists only on Linux.
  const kilobytes = existsSync(file) && /^VmHWM:\s+(\d+)/m.exec(readFileSync(file, "utf8"))?.[1];
  return kilobytes ? Number(kilobytes) / 1024 : undefined;
}
