/** Whoever stands between Pulumi and Jenkins: replies that bear no mark of Jenkins, and a resource of a user behind them. */
import type { Context } from "../../provider/resources/context.ts";
import type { Engine } from "../../scripts/acceptance/engine.ts";
import type { Reply } from "../jenkins/reply.ts";
import type { Interception } from "../jenkins/server.ts";
import { memory, newProcess } from "./process.ts";
import { quick } from "./quick.ts";

const MARKS = /^(x-jenkins|x-hudson|x-you-are-|x-required-permission|x-permission|content-security|reporting-)/i;

/** A reply of Jenkins as a proxy passes it back that tells nobody what is behind it. The proxy shows a page of its own for an error. */
export function unmarked(reply: Reply): Reply {
  const kept = Object.entries(reply.headers).filter(([name]) => !MARKS.test(name));
  const headers = { Server: "nginx", ...Object.fromEntries(kept), "X-Content-Type-Options": "nosniff" };
  const body = reply.status === 404 && reply.body ? "<h1>404 Not Found</h1>" : reply.body;
  return { ...reply, headers, body };
}

/** An answer of a proxy. The request reaches Jenkins first where `kind` is "replace". */
export function ofProxy(kind: "reply" | "replace", reply: Partial<Reply> & { status: number }): Interception {
  return { kind, body: "", ...reply, headers: { Server: "nginx", ...reply.headers } };
}

/** What a user of Jenkins knows, whose login is a password unless an API token is given. */
export function contextOf(url: string, id: string, JENKINS_API_TOKEN?: string): Context {
  const secret = JENKINS_API_TOKEN === undefined ? { JENKINS_PASSWORD: `${id}-password` } : { JENKINS_API_TOKEN };
  return {
    config: undefined,
    memory: memory(),
    environment: { JENKINS_URL: url, JENKINS_USER_ID: id, ...secret },
    limits: quick,
  };
}

/** As if the next operation came in another run of Pulumi. */
export function later(token: Engine, context: Context): Engine {
  newProcess();
  token.context = context;
  return token;
}

/** The header of a login by hand. */
export function basic(id: string, secret: unknown): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
}
