/** Runs the command `pulumi-jenkins`, with and without a terminal. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach } from "mocha";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { plainEnvironment } from "./environment.ts";

const MAIN = fileURLToPath(new URL("../../provider/command/main.ts", import.meta.url));

export interface Ended {
  code: number | null;
  /** The text of standard output and standard error. */
  said: string;
  aside: string;
}

export interface Around {
  environment?: Record<string, string>;
  /** The working folder. */
  folder?: string;
  /** A folder to put first on the PATH. */
  programs?: string;
  /** Standard input. */
  input?: string;
}

/** Runs the command without a terminal, and only with the given `JENKINS_*` variables. */
export async function command(args: string[], around: Around = {}): Promise<Ended> {
  return await ended(process.execPath, [MAIN, ...args], around);
}

/** Starts the command, so that the test can send it signals. */
export function begin(args: string[], around: Around = {}): Begun {
  return begun(process.execPath, [MAIN, ...args], around);
}

/** What the command writes about a wait of more than a second, and how it erases that. */
const PROGRESS = new RegExp(String.raw`\r[^\r\n]* \.\.\. \d+ s${"\u001b"}\[K|\r${"\u001b"}\[K`, "g");

/** Runs the command at a terminal, and types `typed` when it asks. Both outputs go to the terminal. Leaves out what only a slow machine shows. */
export async function commandAtTerminal(args: string[], typed: string, around: Around = {}): Promise<Ended> {
  const { said, ...ended } = await atTerminal(lineOf(args), around, typed);
  return { ...ended, said: said.replaceAll(PROGRESS, "") };
}

/** The command for a shell. `exec`: some shells would stay, get Ctrl-C as well, and exit with 130. */
export function lineOf(args: string[]): string {
  const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `exec ${words.join(" ")}`;
}

/** Whether this machine has a program that opens a terminal. */
export const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

/** Runs the command at a terminal of this width. */
export async function commandInColumns(columns: number, args: string[], around: Around = {}): Promise<Ended> {
  return await atTerminal(`stty cols ${columns}; ${lineOf(args)}`, around);
}

/** Runs a shell command at a terminal. */
export async function atTerminal(line: string, around: Around = {}, typed = ""): Promise<Ended> {
  const environment = { ...around.environment, SHELL: "/bin/sh" }; // `script` starts the shell that this variable names.
  return await ended(
    "script",
    ["--quiet", "--return", "--command", line, "/dev/null"],
    { ...around, environment },
    typed,
  );
}

async function ended(program: string, args: string[], around: Around, typed?: string): Promise<Ended> {
  return await begun(program, args, around, typed).ended;
}

interface Begun {
  child: ChildProcess;
  ended: Promise<Ended>;
}

function begun(program: string, args: string[], around: Around, typed?: string): Begun {
  const { environment = {}, folder, programs, input } = around;
  const own: Record<string, string | undefined> = { ...plainEnvironment(), TERM: "xterm" }; // With colours.
  const env = { ...own, ...environment, ...(programs && { PATH: `${programs}:${own["PATH"]}` }) };
  const child = spawn(program, args, {
    env,
    cwd: folder,
    stdio: [typed === undefined && input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  if (input !== undefined) child.stdin?.end(input);
  const code = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  const [said, aside] = [text(child.stdout as never), text(child.stderr as never)];
  child.stdout?.on("data", (shown: Buffer) => shown.includes("[y/N]") && child.stdin?.write(typed ?? ""));
  const all = Promise.all([code, said, aside]);
  return { child, ended: all.then(([code, said, aside]) => ({ code, said, aside })) };
}

/** The environment of a user who logs in with a password or with a token. */
export function loginOf(url: string, id: string, token?: string): Record<string, string> {
  const secret = token === undefined ? { JENKINS_PASSWORD: `${id}-password` } : { JENKINS_API_TOKEN: token };
  return { JENKINS_URL: url, JENKINS_USER_ID: id, ...secret };
}

/** The fixture of a suite: each test has its own Jenkins. */
export function ownJenkins() {
  const own = {
    jenkins: undefined as unknown as Jenkins,
    /** Replaces the Jenkins by one with these options. */
    async restart(options: JenkinsOptions): Promise<void> {
      await own.jenkins.close();
      own.jenkins = await startJenkins(options);
    },
    as: (id: string, token?: string): Around => ({ environment: loginOf(own.jenkins.url, id, token) }),
    /** The names of a user's tokens. */
    names: (id: string) => own.jenkins.tokens(id).map(({ tokenName }) => tokenName),
  };
  beforeEach(async () => {
    own.jenkins = await startJenkins();
  });
  afterEach(() => own.jenkins.close());
  return own;
}

/** The age and the uses of a token that `made` creates. */
export type TokenOf = [
  userId: string,
  tokenName: string,
  createdDaysAgo?: number,
  usedDaysAgo?: number,
  expiresOn?: string,
];

/** Creates a token with the given age and last use, in days, and returns its uuid. */
export function made(
  jenkins: Jenkins,
  ...[userId, tokenName, createdDaysAgo = 0, usedDaysAgo, expiresOn]: TokenOf
): string {
  const { tokenUuid } = jenkins.generate(userId, tokenName, expiresOn);
  // Never a whole second, because Java would write it without milliseconds.
  const ago = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - 1 - days * 86_400_000);
  const token = jenkins.tokens(userId).find((one) => one.tokenUuid === tokenUuid);
  if (token) token.createdAt = ago(createdDaysAgo);
  if (usedDaysAgo !== undefined) jenkins.use(userId, tokenUuid, 5, ago(usedDaysAgo));
  return tokenUuid;
}

/** The tokens in the JSON document that `list` prints for this Jenkins. */
export async function listedBy(
  jenkins: Jenkins,
  around: Around,
  ...args: string[]
): Promise<Record<string, unknown>[]> {
  const { code, said, aside } = await command(["list", "--json", ...args], around);
  assert.equal(code, 0, aside);
  const { jenkinsUrl, tokens, ...rest } = JSON.parse(said);
  assert.deepEqual([jenkinsUrl, rest], [jenkins.url, {}]);
  return tokens;
}
