import type { Engine } from "../../scripts/acceptance/engine.ts";
import { Caller } from "../jenkins/caller.ts";
import type { Jenkins } from "../jenkins/server.ts";

/** Whether Jenkins accepts `secret` for this user. */
export async function signsIn(jenkins: Jenkins, userId: unknown, secret: unknown): Promise<boolean> {
  return (await whoAmI(jenkins, userId, secret)).status === 200;
}

/** The user that Jenkins recognises by the token's value. */
export async function signsInAs(jenkins: Jenkins, { outputs }: Engine): Promise<unknown> {
  const reply = await whoAmI(jenkins, outputs["userId"], outputs["tokenValue"]);
  return reply.status === 200 && ((await reply.json()) as { name: string }).name;
}

function whoAmI({ url }: Jenkins, userId: unknown, secret: unknown): Promise<Response> {
  return new Caller(url, String(userId), String(secret)).get("/whoAmI/api/json");
}
