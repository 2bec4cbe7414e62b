import type { Lack, Reason } from "./needs.ts";
import type { Scene } from "./server.ts";

/** A claim that has to hold on every Jenkins, simulated or real. */
export interface Case {
  name: string;
  needs?: (Lack | Reason)[];
  run: (scene: Scene) => Promise<void>;
}
