/** The simulated Pulumi process of a test. */
import { Memory } from "../../provider/resources/context.ts";

const present = new Memory();

/** The memory of the process. */
export function memory(): Memory {
  return present;
}

/** Begins another process, with an empty memory. */
export function newProcess(): void {
  Object.assign(present, new Memory()); // Existing contexts then belong to the new process, too.
}
