/** Starts a front door: a real process with its own folder, port and configuration. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  existsSync,
  globSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { before } from "mocha";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";

export type Program = "nginx" | "squid" | "apache2" | "haproxy" | "oauth2-proxy" | "chromium";

const NOBODY = { uid: 65534, gid: 65534 };

export interface FrontDoor {
  /** The scheme, host and port of its URL. */
  origin: string;
  /**
   * One line per request, in the format that the configuration sets. A line is written after the reply.
   *
   * @param last matches a line to wait for.
   */
  accessLog: (last: RegExp) => Promise<string[]>;
  close: () => Promise<void>;
}

interface Start {
  port: number;
  /** The files of its folder, by name. */
  files: Record<string, string>;
  /** `folder` is the working directory of the program. */
  args: (folder: string) => string[];
  scheme?: "http" | "https";
}

/** Skips the tests of the enclosing suite where `program` is missing. With CI set, a missing program is a failure. */
export function needs(program: Program): void {
  before(function () {
    if (pathOf(program)) return;
    const reason = `${program} is not installed. To run these tests: .ci/front-doors`;
    if (process.env["CI"]) throw new Error(reason);
    process.stdout.write(`  skipped: ${reason}\n`);
    this.skip();
  });
}

/** Runs `act` with a simulated Jenkins and the front door that `open` puts before it. Stops both afterwards. */
export async function behind(
  open: (jenkins: Jenkins) => Promise<FrontDoor>,
  options: JenkinsOptions,
  act: (jenkins: Jenkins, door: FrontDoor) => Promise<void>,
): Promise<void> {
  const jenkins = await startJenkins(options);
  try {
    const door = await open(jenkins);
    try {
      await act(jenkins, door);
    } finally {
      await door.close();
    }
  } finally {
    await jenkins.close();
  }
}

/** Starts `program`, and waits until it listens. */
export async function startProgram(program: Program, { port, files, args, scheme }: Start): Promise<FrontDoor> {
  const folder = mkdtempSync(join(tmpdir(), `pulumi-jenkins-${program}-`));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawnIn(folder, program, args(folder));
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
  const stopIfLeft = () => void child.kill();
  process.once("exit", stopIfLeft);
  const close = async () => {
    process.off("exit", stopIfLeft);
    await stop(child);
    rmSync(folder, { recursive: true, maxRetries: 5 });
  };
  try {
    await listening(child, port);
  } catch (error) {
    const said = globSync("*.log", { cwd: folder }).map(read).join("");
    await close();
    throw new Error(`${program} does not listen: ${said}`, { cause: error });
  }
  return {
    origin: `${scheme ?? "http"}://${scheme === "https" ? "localhost" : "127.0.0.1"}:${port}`,
    accessLog: async (last) => {
      const lines = () => read("access.txt").split("\n").filter(Boolean);
      while (!lines().some((line) => last.test(line))) await pause(20);
      return lines();
    },
    close,
  };
}

function spawnIn(folder: string, program: Program, args: string[]): ChildProcess {
  const path = pathOf(program) ?? program;
  // Started by root, Debian's programs would switch to a user who may not write here. And only root may read root's cache.
  const isNobody = process.getuid?.() === 0 && program !== "oauth2-proxy";
  const user = isNobody ? NOBODY : {};
  if (isNobody) chownSync(folder, NOBODY.uid, NOBODY.gid);
  const stderr = openSync(join(folder, "stderr.log"), "w");
  try {
    return spawn(path, args, { cwd: folder, stdio: ["ignore", stderr, stderr], ...user });
  } finally {
    closeSync(stderr);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, "exit");
  child.kill();
  await exit;
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  let failure: unknown;
  child.once("error", (error) => {
    failure = error;
  });
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(10)) {
    if (failure || child.exitCode !== null) break;
    if (await accepts(port)) return;
  }
  throw failure ?? new Error(`exit code ${child.exitCode}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

/** A free port outside the range that Linux uses for outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    await new Promise((closed) => server.close(closed));
    if (isFree) return port;
  }
}

/** The path of a program. It also looks in `sbin` folders, which ordinary users often do not have in their PATH, and in the cache of `.ci/front-doors`. */
export function pathOf(program: Program): string | undefined {
  const { PATH = "", XDG_CACHE_HOME } = process.env;
  const built = join(XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-jenkins", "bin");
  const folders = [...PATH.split(delimiter), "/usr/sbin", "/usr/local/sbin", built];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
