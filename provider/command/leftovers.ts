/** The names of the tokens that `exec` creates. The name of a token shows whether a killed run left it. */
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { DAY_MS } from "../expiry.ts";
import { randomHex, UNIQUE_END } from "../resources/naming.ts";
import type { KnownToken } from "./output.ts";

/** After this time, a run on another machine counts as ended. */
const LONGEST_RUN_MS = DAY_MS;

/**
 * The start of the run, the host, the process id, the machine, the start of the process, and random digits. Some systems do not tell the start of
 * a process. A second try adds a unique end.
 */
const NAME = new RegExp(
  String.raw`^pulumi-jenkins exec (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) [\w.-]+ (\d{1,10}) ([0-9a-f]{8})(?:-(\d{1,16}))?-[0-9a-f]{16}(?:${UNIQUE_END})?$`,
);

/** A unique name. */
export function execName(now: Date): string {
  const start = now.toISOString().replace(/\.\d+/, "");
  const host = hostname().replace(/[^\w.-]/g, "-") || "unknown";
  const mark = [thisMachine(), startOf(process.pid), randomHex(16)].filter(Boolean).join("-");
  return `pulumi-jenkins exec ${start} ${host} ${process.pid} ${mark}`;
}

/** Whether the run of `exec` that created this token has ended, or may still be running. Undefined for any other token. */
export function runOf(token: Pick<KnownToken, "tokenName" | "isExpired">, now: Date): "ended" | "running" | undefined {
  const [name, start = "", pid, machine, begun] = NAME.exec(token.tokenName) ?? [];
  if (name === undefined) return undefined;
  if (token.isExpired) return "ended"; // No run can use an expired token.
  const isHere = machine === thisMachine();
  const isOver = isHere ? !isRunning(Number(pid), begun) : ageOf(start, now) > LONGEST_RUN_MS;
  return isOver ? "ended" : "running";
}

const ageOf = (start: string, now: Date): number => now.getTime() - Date.parse(start);

/**
 * A mark of the machine and the container: containers may share a host name, and each has its own process ids. If the boot id can't be
 * read, as on other systems than Linux, the mark is random, so that every run counts as a run on another machine.
 */
function thisMachine(): string {
  const boot = textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  if (boot === "") return randomHex(8);
  const parts = [hostname(), boot, textOf(() => readlinkSync("/proc/self/ns/pid"))];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 8);
}

/** Only Linux has these files. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** @param begun the start of the process. Absent if it is unknown. */
function isRunning(pid: number, begun: string | undefined): boolean {
  if (pid === process.pid) return false; // This process has not created a token yet, so an earlier process had its id.
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false; // Otherwise the process belongs to another user.
  }
  if (statOf(pid)[0] === "Z") return false; // It has ended, and only its parent has not asked for its exit code.
  const known = startOf(pid);
  return begun === undefined || known === "" || known === begun; // A later process may have the same id.
}

/** When the process started, in clock ticks since the boot of the machine. Empty if the system does not tell it. */
function startOf(pid: number): string {
  return statOf(pid)[19] ?? "";
}

/** What Linux tells about a process, from its state on. The name before the state may contain anything. */
function statOf(pid: number): string[] {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
