/** Files that an option names and the command writes. */
import { access, constants, open, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Asked, WrongUsage } from "./arguments.ts";

/** @throws {WrongUsage} if a file can't be written, or is another one of these files. Changes nothing. */
export async function refuseUnusable({ htmlFile, importFile, controllers }: Asked): Promise<void> {
  const files = [htmlFile, importFile, controllers].filter((file) => file !== undefined);
  const ids = await Promise.all(files.map(idOf));
  if (new Set(ids).size < ids.length)
    throw new WrongUsage("--controllers, --html and --import-file need different files.");
  if (htmlFile !== undefined) await refuseUnwritable("--html", htmlFile);
  if (importFile !== undefined) await refuseUnwritable("--import-file", importFile);
}

/** A file may have several names. */
async function idOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? `${found.dev}:${found.ino}` : resolve(file);
}

async function refuseUnwritable(option: string, file: string): Promise<void> {
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
