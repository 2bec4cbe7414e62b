/** The command `pulumi-jenkins`, run as people and programs run it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Jenkins } from "../jenkins/server.ts";

const MAIN = fileURLToPath(new URL("../../provider/command/main.ts", import.meta.url));

export interface Ended {
  code: number | null;
  /** Standard output, and standard error. */
  said: string;
  aside: string;
}

export interface Around {
  environment?: Record<string, string>;
  /** The folder it runs in. */
  folder?: string;
  /** Found before everything else on the PATH. */
  programs?: string;
}

/** Runs it without a terminal, and with no other `JENKINS_*` than those given. */
export async function command(args: string[], around: Around = {}): Promise<Ended> {
  return await ended(process.execPath, [MAIN, ...args], around);
}

/** Runs it at a terminal, at which `typed` is typed when it asks. Both its outputs are on that. */
export async function commandAtTerminal(args: string[], typed: string, around: Around = {}): Promise<Ended> {
  const line = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return await ended("script", ["--quiet", "--return", "--command", line, "/dev/null"], around, typed);
}

async function ended(program: string, args: string[], around: Around, typed?: string): Promise<Ended> {
  const { environment = {}, folder, programs } = around;
  const kept = Object.entries(process.env).filter(([name]) => !/^JENKINS_|_PROXY$/i.test(name));
  const own = Object.fromEntries(kept);
  const env = { ...own, ...environment, ...(programs && { PATH: `${programs}:${own["PATH"]}` }) };
  const child = spawn(program, args, {
    env,
    cwd: folder,
    stdio: [typed === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject));
  const [said, aside] = [text(child.stdout as never), text(child.stderr as never)];
  child.stdout?.on("data", (shown: Buffer) => shown.includes("[y/N]") && child.stdin?.write(typed ?? ""));
  return { code: await code, said: await said, aside: await aside };
}

/** The environment of somebody who signs in with a password, or with a token. */
export function loginOf(url: string, id: string, token?: string): Record<string, string> {
  const secret = token === undefined ? { JENKINS_PASSWORD: `${id}-password` } : { JENKINS_API_TOKEN: token };
  return { JENKINS_URL: url, JENKINS_USER_ID: id, ...secret };
}

/** A token as `made` makes it. */
export type TokenOf = [
  userId: string,
  tokenName: string,
  createdDaysAgo?: number,
  usedDaysAgo?: number,
  expiresOn?: string,
];

/** The uuid of a token that was made, and last used, so many days ago. */
export function made(
  jenkins: Jenkins,
  ...[userId, tokenName, createdDaysAgo = 0, usedDaysAgo, expiresOn]: TokenOf
): string {
  const { tokenUuid } = jenkins.generate(userId, tokenName, expiresOn);
  // Never at a whole second, which Java writes without its thousandths.
  const ago = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - 1 - days * 86_400_000);
  const token = jenkins.tokens(userId).find((one) => one.tokenUuid === tokenUuid);
  if (token) token.createdAt = ago(createdDaysAgo);
  if (usedDaysAgo !== undefined) jenkins.use(userId, tokenUuid, 5, ago(usedDaysAgo));
  return tokenUuid;
}

/** The tokens of the JSON document that `list` prints of this Jenkins. */
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
