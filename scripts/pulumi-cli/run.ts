import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export type Log = (line: string) => void;

interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  log: Log;
  /** A summary of the lines so far. It is printed before the last line. */
  progress?: (lines: string[]) => string;
}

/** Runs a command that may take minutes, and reports progress every 15 s. If it fails, the error has its last line. */
export async function run(command: string, args: string[], options: RunOptions): Promise<void> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => line.trim() && lines.push(line.trim()));
  }
  const started = Date.now();
  const heartbeat = setInterval(() => {
    const progress = options.progress?.(lines) ?? "";
    options.log(`  ${elapsed(Date.now() - started)}: ${progress} ${lines.at(-1) ?? ""}`.trimEnd());
  }, 15_000);
  try {
    const [code, signal] = await once(child, "close");
    if (code !== 0) {
      throw new Error(lines.at(-1) ?? `${command} ended with ${signal ?? code}`);
    }
  } finally {
    clearInterval(heartbeat);
  }
}

function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
