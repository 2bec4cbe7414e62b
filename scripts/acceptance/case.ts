import type { Lack, Reason } from "./needs.ts";
import type { Scene } from "./server.ts";

/** What has to hold on every Jenkins, the in-process one and real ones alike. */
export interface Case {
  name: string;
  needs?: (Lack | Reason)[];
  run: (scene: Scene) => Promise<void>;
}
