/** A front door that hides Jenkins: replies without a mark of Jenkins, and a resource of a user behind it. */
import type { Context } from "../../provider/resources/context.ts";
import type { Engine } from "../../scripts/acceptance/engine.ts";
import type { Reply } from "../jenkins/reply.ts";
import type { Interception } from "../jenkins/server.ts";
import { memory, newProcess } from "./process.ts";
import { quick } from "./quick.ts";

const MARKS = /^(x-jenkins|x-hudson|x-you-are-|x-required-permission|x-permission|content-security|reporting-)/i;

/** A reply of Jenkins through a proxy that hides Jenkins. For an error, the proxy shows its own page. */
export function unmarked(reply: Reply): Reply {
  const kept = Object.entries(reply.headers).filter(([name]) => !MARKS.test(name));
  const headers = { Server: "nginx", ...Object.fromEntries(kept), "X-Content-Type-Options": "nosniff" };
  const body = reply.status === 404 && reply.body ? "<h1>404 Not Found</h1>" : reply.body;
  return { ...reply, headers, body };
}

/** A reply of a proxy. If `kind` is "replace", the request reaches Jenkins first. */
export function ofProxy(kind: "reply" | "replace", reply: Partial<Reply> & { status: number }): Interception {
  return { kind, body: "", ...reply, headers: { Server: "nginx", ...reply.headers } };
}

/** The resource of a user who logs in with a password, or with the given API token. */
export function contextOf(url: string, id: string, JENKINS_API_TOKEN?: string): Context {
  const secret = JENKINS_API_TOKEN === undefined ? { JENKINS_PASSWORD: `${id}-password` } : { JENKINS_API_TOKEN };
  return {
    config: undefined,
    memory: memory(),
    environment: { JENKINS_URL: url, JENKINS_USER_ID: id, ...secret },
    limits: quick,
  };
}

/** Lets the next operation belong to another run of Pulumi. */
export function later(token: Engine, context: Context): Engine {
  newProcess();
  token.context = context;
  return token;
}

/** The Authorization header of a manual request. */
export function basic(id: string, secret: unknown): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
}
