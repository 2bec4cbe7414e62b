/** Files that an option names and the command writes. */
import { access, constants, open, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { WrongUsage } from "./arguments.ts";

/** @throws {WrongUsage} if the file can't be written. Changes nothing. */
export async function refuseUnwritable(option: string, file: string): Promise<void> {
  const opened = open(file, "r+").then((handle) => handle.close());
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
