import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Caller } from "../jenkins/caller.ts";
import type { Scene } from "./faults.ts";
import { generateMs } from "./world.ts";

/** Holds the request until another request for the same user has begun to write. */
export async function anotherWriter({ world, takeOver }: Scene): Promise<void> {
  const owner = world.anyOwner;
  const secret = world.makeByHand(owner, "for another process");
  const arrived = new Promise<void>((begun) => {
    takeOver((other) => {
      if (other.headers["user-agent"] === "pulumi-jenkins") return undefined;
      setTimeout(begun, 1);
      return { kind: "wait", until: Promise.resolve() };
    });
  });
  const { jenkins } = world.servers;
  const another = new Caller(jenkins.url, owner, secret);
  const name = `another process ${createHash("md5").update(secret).digest("hex").slice(0, 8)}`;
  const generated = another.own("generateNewToken", { newTokenName: name }).then((reply) => reply.text());
  await Promise.race([arrived, generated]);
  generated.catch(() => undefined);
}

/** Holds the request until another stack has begun to change tokens of the same user. The stack continues until the operation ends. */
export async function anotherStack(scene: Scene): Promise<void> {
  const { world, parameter, isOver } = scene;
  const owner = world.anyOwner;
  const another = new Caller(world.servers.jenkins.url, owner, world.makeByHand(owner, "for another process"));
  world.servers.jenkins.generateMs = generateMs + (parameter % 12);
  const writing = async () => {
    while (!isOver()) await createAndRevoke(another);
  };
  void writing()
    .catch(() => undefined) // A fault that restarts Jenkins also stops the other stack.
    .finally(() => {
      world.servers.jenkins.generateMs = generateMs;
    });
  await sleep(1);
}

async function createAndRevoke(another: Caller): Promise<void> {
  const reply = await another.own("generateNewToken", { newTokenName: "another process" });
  const [, tokenUuid] = /"tokenUuid":"([^"]+)"/.exec(await reply.text()) ?? [];
  await sleep(1);
  if (tokenUuid) await (await another.own("revoke", { tokenUuid })).text();
  await sleep(1);
}
