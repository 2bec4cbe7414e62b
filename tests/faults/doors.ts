import type { Interception } from "../jenkins/interception.ts";
import { oopsPage } from "../jenkins/pages.ts";
import type { Reply } from "../jenkins/reply.ts";
import type { Fault, Scene } from "./faults.ts";
import { oneOf, randomFrom } from "./random.ts";
import { latestMs } from "./world.ts";

export const soonMs = 5;

/** When Jenkins carries out a request, if a front door answers it in the place of Jenkins. */
const moments = {
  "not carried out": (answer: Reply): Interception => ({ kind: "reply", ...answer }),
  "carried out": (answer: Reply): Interception => ({ kind: "replace", ...answer }),
  "carried out soon": (answer: Reply): Interception => ({ kind: "abandon", ms: soonMs, answer }),
  "carried out late": (answer: Reply): Interception => ({ kind: "abandon", ms: latestMs, answer }),
} as const;

type Moment = keyof typeof moments;

const ANY: Moment[] = ["not carried out", "carried out", "carried out soon", "carried out late"];
const BEFORE_OR_LATE: Moment[] = ["not carried out", "carried out late"];
const BEFORE_OR_AFTER: Moment[] = ["not carried out", "carried out"];
const BEFORE_AFTER_OR_LATE: Moment[] = ["not carried out", "carried out", "carried out late"];

/** One reply of a front door, in each of these cases. */
function door(name: string, when: Moment[], answer: (scene: Scene) => Reply): Record<string, Fault> {
  const faults = when.map((moment): [string, Fault] => [
    `${name}, ${moment}`,
    { meet: (scene) => moments[moment](marked(answer(scene), scene)) },
  ]);
  return Object.fromEntries(faults);
}

/** A reply of the front door itself. It has no mark of Jenkins, although some front doors add nosniff. */
function marked(reply: Reply, { parameter }: Scene): Reply {
  const random = randomFrom(parameter);
  const server = oneOf(random, ["nginx", "cloudflare", "Apache/2.4.62 (Debian)"]);
  const headers = { Server: server, ...(random() < 0.5 && { "X-Content-Type-Options": "nosniff" }), ...reply.headers };
  return { ...reply, headers };
}

function page(status: number, title: string, more: Record<string, string> = {}): Reply {
  const body = `<html><head><title>${status} ${title}</title></head><body><center><h1>${status} ${title}</h1></center></body></html>`;
  return { status, headers: { "Content-Type": "text/html;charset=utf-8", ...more }, body };
}

function bare(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: "" };
}

/** A status with the front door's own page. */
function status(code: number, title: string, when: Moment[], more?: Record<string, string>): Record<string, Fault> {
  const name = `${code}${more?.["Retry-After"] ? " with Retry-After" : ""} of a proxy`;
  return door(name, when, () => page(code, title, more));
}

/** Redirects of a front door. */
function redirect({ parameter, request }: Scene): Reply {
  const random = randomFrom(parameter);
  const code = oneOf(random, [300, 301, 302, 303, 307, 308]);
  const target = oneOf(random, [
    "https://sso.example.com/login?ticket=5e",
    "/",
    `https://ci.example.com${request.path}`,
  ]);
  return { ...page(code, "Moved"), headers: { Location: target } };
}

const single = '<html><head><title>Sign in</title></head><body><form action="/sso" method="post"></form></body></html>';
const signIn: Reply = { status: 200, headers: { "Content-Type": "text/html" }, body: single };
const welcome: Reply = { ...page(200, "Welcome"), status: 200 };
const queued: Reply = { status: 202, headers: { "Content-Type": "application/json" }, body: '{"status":"queued"}' };
const challenge = { "WWW-Authenticate": 'Basic realm="gateway"' };

/** A rule against user enumeration: from this request on, all paths below `/user/` get 404. */
const hiddenUsers: Fault = {
  meet: ({ request, takeOver, isOver }) => {
    const answer = (path: string): Interception | undefined =>
      path.includes("/user/") ? { kind: "reply", ...page(404, "Not Found", { Server: "nginx" }) } : undefined;
    takeOver(({ path }) => (isOver() ? undefined : answer(path)));
    return answer(request.path) ?? { kind: "wait", until: Promise.resolve() };
  },
  isMoment: true,
  scenarios: /^(administrator for another|by script console)$/,
};

/** The replies of a front door in the place of Jenkins, with and without passing the request on. */
export const doors: Record<string, Fault> = {
  ...status(502, "Bad Gateway", ANY),
  ...status(503, "Service Temporarily Unavailable", ANY),
  ...status(504, "Gateway Time-out", ANY),
  ...status(500, "Internal Server Error", BEFORE_OR_LATE),
  ...status(503, "Service Temporarily Unavailable", BEFORE_OR_LATE, { "Retry-After": "1" }),
  ...status(429, "Too Many Requests", BEFORE_AFTER_OR_LATE),
  ...status(499, "Client Closed Request", BEFORE_AFTER_OR_LATE),
  ...status(425, "Too Early", BEFORE_OR_AFTER),
  ...status(413, "Payload Too Large", BEFORE_OR_AFTER),
  ...status(407, "Proxy Authentication Required", BEFORE_OR_AFTER, { "Proxy-Authenticate": 'Basic realm="egress"' }),
  ...status(404, "Not Found", BEFORE_AFTER_OR_LATE),
  "404 of a proxy below /user/": hiddenUsers,
  ...status(403, "Forbidden", BEFORE_AFTER_OR_LATE),
  ...door("403 without a word of a proxy", BEFORE_OR_AFTER, () => bare(403)),
  ...status(401, "Unauthorized", BEFORE_AFTER_OR_LATE, challenge),
  ...door("a redirect of a proxy", BEFORE_AFTER_OR_LATE, redirect),
  ...door("304 of a proxy", BEFORE_OR_AFTER, () => bare(304, { ETag: '"5ca1ab1e"' })),
  ...door("an empty 200 of a proxy", BEFORE_AFTER_OR_LATE, () => bare(200)),
  ...door("204 of a proxy", BEFORE_AFTER_OR_LATE, () => bare(204)),
  ...door("202 of a proxy", ANY, () => queued),
  ...door("an empty 202 of a proxy", BEFORE_OR_AFTER, () => bare(202)),
  ...door("a page with 200 of a proxy", BEFORE_OR_AFTER, () => welcome),
  ...door("a login page with 200 of a proxy", BEFORE_OR_AFTER, () => signIn),
  ...door("other JSON of a proxy", BEFORE_OR_AFTER, () => ({ ...queued, status: 200, body: '{"status":"ok"}' })),
};

/** The headers that a front door removes from replies. nosniff stays. */
const TAKEN_OUT = /^(x-jenkins|x-hudson|x-you-are-|x-required-permission|x-permission|content-security|reporting-)/i;

/** A reply of Jenkins through a front door that hides Jenkins. */
export function throughDoor(reply: Reply): Reply {
  const kept = Object.entries(reply.headers).filter(([name]) => !TAKEN_OUT.test(name));
  return { ...reply, headers: { Server: "nginx", ...Object.fromEntries(kept), "X-Content-Type-Options": "nosniff" } };
}

/** A front door that sends a request twice. The only trace in the reply is the front door's own name. */
function sentTwice(passed: 0 | 1, atOnce?: true): Interception {
  const alter = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, Server: "nginx" } });
  return { kind: "twice", passed, alter, ...(atOnce && { atOnce }) };
}

export const repeaters: Record<string, Fault> = {
  "sent twice, the first reply passed back": { meet: () => sentTwice(0) },
  "sent twice, the second reply passed back": { meet: () => sentTwice(1) },
  "sent twice at once, the first reply passed back": { meet: () => sentTwice(0, true) },
  "sent twice at once, the second reply passed back": { meet: () => sentTwice(1, true) },
};

/** The same request for another user's account. A cache has stored its reply. */
function asNeighbour({ world, request }: Scene): Interception {
  const secret = world.makeByHand(world.neighbour, "for a cache");
  const authorization = `Basic ${Buffer.from(`${world.neighbour}:${secret}`).toString("base64")}`;
  const { cookie: _, ...headers } = request.headers;
  const path = request.path.replace(`/user/${encodeURIComponent(world.owner)}/`, `/user/${world.neighbour}/`);
  const alter = (reply: Reply): Reply => {
    const { "Set-Cookie": _cookie, ...others } = reply.headers;
    return { ...reply, headers: others };
  };
  return { kind: "forward", as: { path, headers: { ...headers, authorization } }, alter };
}

/** From this request on, all reads of the operation return replies that a cache stored before the operation. */
function staleAfterwards(becomes: Interception): Fault {
  const meet = ({ past, takeOver, isOver }: Scene): Interception => {
    const replica = past.beforeOperation;
    takeOver((request) => {
      const isCached = request.method === "GET" && !request.path.includes("uncached=") && !isOver();
      return isCached ? { kind: "forward", as: { replica } } : undefined;
    });
    return becomes;
  };
  return { meet, isMoment: true, isOfWriting: true };
}

/** Languages with different date formats, none of them ISO. */
const LANGUAGES = ["en-US", "de-DE", "ja-JP", "ar-EG"] as const;

/** Caches and replicas that answer with a reply of Jenkins to another user, an older reply, or a changed one. */
export const caches: Record<string, Fault> = {
  "a cache answers with another user": { meet: asNeighbour, isOfReading: true },
  "a cache answers with what was so before the operation": {
    meet: ({ past }) => ({ kind: "forward", as: { replica: past.beforeOperation } }),
    isOfReading: true,
  },
  "a replica answers that is some requests behind": {
    meet: ({ past, parameter }) => ({ kind: "forward", as: { replica: past.requestsAgo(1 + (parameter % 4)) } }),
    isOfReading: true,
  },
  "reset, carried out, and a cache answers afterwards": staleAfterwards({ kind: "drop", when: "after" }),
  "500 of Jenkins, carried out, and a cache answers afterwards": staleAfterwards({ kind: "replace", ...oopsPage() }),
  "sent twice, and a cache answers afterwards": staleAfterwards(sentTwice(0)),
  "dates in another language": {
    meet: ({ request, parameter }) => {
      const language = LANGUAGES[parameter % LANGUAGES.length] as string;
      return { kind: "forward", as: { headers: { ...request.headers, "accept-language": language } } };
    },
    scenarios: /expiry/,
  },
};
