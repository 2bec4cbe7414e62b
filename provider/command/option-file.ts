import { writeFile } from "node:fs/promises";
import { WrongUsage } from "./arguments.ts";

/** Writes a file that an option names. */
export async function writeInto(option: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new WrongUsage(`${option}: ${file} can't be written (${error.code}).`);
  });
}
