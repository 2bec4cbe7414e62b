/** A thread that passes each text that it receives to all functions that read texts of a server. */
import { parentPort } from "node:worker_threads";
import { printable } from "../../provider/command/output.ts";
import { knownOf } from "../../provider/command/state.ts";
import { inOneLine, RejectedError, reportable } from "../../provider/errors.ts";
import { isLoginError } from "../../provider/jenkins/auth.ts";
import type { Reply } from "../../provider/jenkins/http.ts";
import { isDoubtful, isGettingReady, jsonOf, refusalOf } from "../../provider/jenkins/replies.ts";
import { perform, tell } from "../../provider/operation.ts";
import { keepLogin, keepSecret, presentable, redact, visible } from "../../provider/redaction.ts";
import * as z from "../../provider/zod.ts";
import { byPassword } from "./quick.ts";

keepLogin("alice", "11111111");
for (const secret of [
  "token",
  '""""""""',
  "<<<<<<<<<<",
  "\\\\\\\\\\\\\\\\\\\\",
  "          ",
  "&&&&&&&&",
  "%%%%%%%%%%",
  "aaaaaaaaB1",
]) {
  keepSecret(secret);
}

function read(text: string): void {
  const request = { tried: "Reading", method: "GET", url: "https://ci", headers: {} } as const;
  const names = ["location", "content-type", "retry-after", "x-you-are-authenticated-as", "x-required-permission"];
  const headers = Object.fromEntries(names.map((name) => [name, text]));

  for (const status of [200, 302, 400]) {
    const reply: Reply = { status, headers, setCookies: [`a=${text.slice(0, 16_000)}`], body: text };
    if (status !== 200) refusalOf(request, reply, byPassword("alice"));
    failed(() => jsonOf(request, reply, z.object({ id: z.string() })));
    for (const is of [isLoginError, isDoubtful, isGettingReady]) is(reply);
  }
  for (const show of [redact, presentable, visible, inOneLine, printable]) show(text);
  const parts = { words: text, remedy: text, cause: new Error(text) };
  void new RejectedError({ ...request, ...parts, tried: `Reading "${text}"`, url: `https://ci/${text}` });
  reportable(new Error(text));
  perform({ tell: () => undefined }, () => tell("info", text));
  const token = { tokenUuid: "u", tokenName: text, userId: "alice", isLegacy: false, isExpired: false };
  knownOf(token, "https://ci", { resources: [], project: "p", stack: "s" });
}

function failed(task: () => unknown): void {
  try {
    task();
  } catch {
    return;
  }
  throw new Error("it succeeded");
}

parentPort?.on("message", (text: string) => {
  read(text);
  parentPort?.postMessage(text.length);
});
