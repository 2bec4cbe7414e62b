import type { World } from "./world.ts";

export const ELSEWHERE = "environment names another Jenkins";

/** What somebody does to the provider's login between two operations, and what it is worth from then on. */
export const changes: Record<string, (world: World) => void> = {
  "login changed": (world) => world.changeLogin(),
  "login worthless": (world) => world.revokeLogin(),
  [ELSEWHERE]: (world) => world.goElsewhere(),
};
