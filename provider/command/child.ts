/** The process that `exec` runs. Signals are passed on to it, and its exit code is returned. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { CancelledError } from "../errors.ts";
import { printable, tellAside } from "./output.ts";

/** The signals that would end this process. Signals that stop or continue it reach a whole job of a shell, or are meant only for this process. */
const ENDING = [
  ...["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM", "SIGBREAK", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM"],
  ...["SIGABRT", "SIGSYS", "SIGXCPU", "SIGPROF", "SIGIO", "SIGPWR", "SIGSTKFLT"],
].filter((name): name is NodeJS.Signals => name in constants.signals);

const NOT_FOUND = 127;
const NOT_STARTED = 126;

/** As soon as a `Child` is constructed, none of these signals ends this process. */
export class Child {
  /** The exit code of this process, if a signal arrived before the child was started. */
  endedBefore: number | undefined;
  readonly #ending = new AbortController();
  #process: ChildProcess | undefined;
  #hasEnded = false;

  constructor() {
    for (const name of ENDING) process.on(name, () => this.#receive(name));
  }

  /** Aborts when a signal arrives before the child is started. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Runs the command, and returns its exit code as a shell would. */
  async run([program = "", ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
    const code = await new Promise<number>((resolve) => {
      try {
        const child = spawn(program, args, { env, stdio: "inherit" });
        this.#process = child;
        child.on("error", (error) => child.pid === undefined && resolve(notStarted(program, error)));
        child.once("exit", (exitCode, signal) => resolve(signal ? codeOf(signal) : (exitCode ?? 1)));
      } catch (error) {
        resolve(notStarted(program, error as Error));
      }
    });
    this.#hasEnded = true;
    return code;
  }

  #receive(name: NodeJS.Signals): void {
    if (this.#hasEnded) tellAside("The API token is being revoked. Please wait.");
    else if (!this.#process) {
      this.endedBefore ??= codeOf(name);
      this.#ending.abort(new CancelledError({ tried: `A ${name} has ended pulumi-jenkins exec` }));
    } else if (!reachesChild(name)) this.#process.kill(name);
  }
}

function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function notStarted(program: string, { code, message }: NodeJS.ErrnoException): number {
  const isMissing = code === "ENOENT";
  tellAside(`"${printable(program)}" can't be started: ${isMissing ? "there is no such command" : (code ?? message)}.`);
  return isMissing ? NOT_FOUND : NOT_STARTED;
}

/** Whether the child gets the signal directly: a terminal sends Ctrl+C and Ctrl+\ to all processes in its foreground. */
function reachesChild(name: NodeJS.Signals): boolean {
  if (process.platform === "win32") return true; // All processes of a console get its signals.
  return (name === "SIGINT" || name === "SIGQUIT") && isInForeground();
}

/** Whether this process is in the foreground of a terminal. Without /proc: whether it has a terminal. */
function isInForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return hasTerminal();
  }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
