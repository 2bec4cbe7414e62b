/** The process of Pulumi that a test plays. */
import { Memory } from "../../provider/resources/context.ts";

const present = new Memory();

/** What the process remembers. */
export function memory(): Memory {
  return present;
}

/** From here on it is another process, which remembers nothing. */
export function newProcess(): void {
  Object.assign(present, new Memory()); // Contexts that exist already are then of the new process, too.
}
