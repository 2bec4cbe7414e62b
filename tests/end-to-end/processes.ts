import { execFileSync } from "node:child_process";

export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** All descendants of the process `pid`. */
export function startedBy(pid: number): Process[] {
  const all = running();
  const below = (parent: number): Process[] =>
    all.filter((process) => process.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** Kills the processes that still run the same command, because a pid may belong to another process by now. */
export function kill(processes: Process[]): void {
  for (const { pid, command } of running()) {
    if (processes.some((wanted) => wanted.pid === pid && wanted.command === command)) process.kill(pid, "SIGKILL");
  }
}

function running(): Process[] {
  const listing = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  return [...listing.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, pid, parent, command = ""]) => {
    return { pid: Number(pid), parent: Number(parent), command };
  });
}
