import type { World } from "./world.ts";

export const ELSEWHERE = "environment names another Jenkins";

/** Changes of the provider's credentials between two operations. */
export const changes: Record<string, (world: World) => void> = {
  "login changed": (world) => world.changeLogin(),
  "login worthless": (world) => world.revokeLogin(),
  [ELSEWHERE]: (world) => world.goElsewhere(),
};
