import { mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Log } from "./run.ts";

const signOfLife = 2_000;
const patience = 10_000;

/** Does the work in a new folder of that name, in one process at a time. The folder is removed afterwards. */
export async function exclusively<T>(folder: string, log: Log, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  while (!(await claim(folder))) {
    log(`Another process is at work in ${folder}: waiting for it ...`);
    if (await isAbandoned(folder)) {
      await remove(folder);
    }
  }
  const alive = setInterval(() => {
    utimes(folder, new Date(), new Date()).catch(() => undefined);
  }, signOfLife);
  try {
    return await work(folder);
  } finally {
    clearInterval(alive);
    await rm(folder, { recursive: true, force: true });
  }
}

async function claim(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/** Compares two looks at the folder. Its age would prove nothing, because clocks differ and machines sleep. */
async function isAbandoned(folder: string): Promise<boolean> {
  const before = await lastSign(folder);
  await setTimeout(patience);
  return before !== undefined && before === (await lastSign(folder));
}

async function lastSign(folder: string): Promise<number | undefined> {
  return await stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/** Renames the folder first, so that only one of two processes removes it. */
async function remove(folder: string): Promise<void> {
  const mine = `${folder}.${process.pid}`;
  await rename(folder, mine).catch(() => undefined);
  await rm(mine, { recursive: true, force: true });
}
