import { execFileSync } from "node:child_process";

export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** What the process `pid` has started, and what that has started in turn. */
export function startedBy(pid: number): Process[] {
  const all = running();
  const below = (parent: number): Process[] =>
    all.filter((process) => process.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** Kills those of `processes` that still are what they were: a number may have been given to another one. */
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
