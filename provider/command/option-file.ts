/** Files that an option names and the command writes. */
import { access, constants, open, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { WrongUsage } from "./arguments.ts";

/** @throws {WrongUsage} if the file can't be written. Changes nothing. */
export async function refuseUnwritable(option: string, file: string): Promise<void> {
  const opened = stat(file).then(async (found) => {
    if (found.isFIFO()) return await access(file, constants.W_OK); // Closing a pipe would tell its reader that the file has ended.
    await (await open(file, "r+")).close();
  });
  const tried = opened.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return access(dirname(file), constants.W_OK); // The file is new.
  });
  await tried.catch((error) => refuse(option, file, error));
}

export async function writeInto(option: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error) => refuse(option, file, error));
}

function refuse(option: string, file: string, { code }: NodeJS.ErrnoException): never {
  throw new WrongUsage(`${option}: ${file} can't be written (${code}).`);
}
