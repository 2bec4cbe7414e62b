import * as pages from "../jenkins/pages.ts";
import { newestVersion } from "../jenkins/profiles.ts";
import { errorJson } from "../jenkins/reply.ts";
import type { Interception, Jenkins, LoggedRequest } from "../jenkins/server.ts";

/** The request timeout of runs with faults, in seconds. It can be short, because replies in time come at once. */
export const timeoutSeconds = 3;

/** The surroundings of a fault, in addition to the request. */
interface Scene {
  jenkins: Jenkins;
  /** Resolves when the run is over. */
  runIsOver: Promise<void>;
  /** Carries the request out after the run, although its reply says otherwise. */
  carryOutLater: () => void;
  /** Applies `meet` to all further requests, until it returns nothing. */
  takeOver: (meet: (request: LoggedRequest) => Interception | undefined) => void;
}

type Fault = (request: LoggedRequest, scene: Scene) => Interception;

const passedOn: Interception = { kind: "wait", until: Promise.resolve() };
const layout = { version: newestVersion, session: "5ca1ab1e", contextPath: "", crumbRequestField: "", crumb: "" };
const singleSignOn = { status: 302, headers: { Location: "https://sso.example.com/login?ticket=5e" } };

function proxyPage(status: number) {
  const body = `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>`;
  return { status, headers: { "Content-Type": "text/html;charset=utf-8" }, body };
}

/** All faults that a request can meet, by name. */
export const faults = {
  "reset, not carried out": () => ({ kind: "drop", when: "before" }),
  "reset, carried out": () => ({ kind: "drop", when: "after" }),
  "reset, carried out a second later": () => ({ kind: "abandon", ms: 1000, answer: "reset" }),
  "reply cut": () => ({ kind: "cut", after: 5 }),
  "silence, carried out": () => ({ kind: "delay", when: "after", ms: 1500 * timeoutSeconds }),
  "silence, carried out after the run": (_, { runIsOver }) => ({ kind: "wait", until: runIsOver }),
  "500, carried out": () => ({ kind: "replace", ...pages.oopsPage() }),
  "502 of a proxy, not carried out": () => ({ kind: "reply", ...proxyPage(502) }),
  "502 of a proxy, carried out": () => ({ kind: "replace", ...proxyPage(502) }),
  "503 of a proxy, not carried out": () => ({ kind: "reply", ...proxyPage(503) }),
  "504 of a proxy, carried out": () => ({ kind: "replace", ...proxyPage(504) }),
  "504 of a proxy, carried out after the run": (_, { carryOutLater }) => {
    carryOutLater();
    return { kind: "reply", ...proxyPage(504) };
  },
  "503 starting": () => ({ kind: "reply", ...pages.startingPage() }),
  "401 for a right login": () => ({ kind: "reply", ...pages.unauthorizedPage() }),
  "403 without a word": () => ({ kind: "reply", status: 403 }),
  "stale crumb": () => ({ kind: "reply", ...pages.noValidCrumbPage() }),
  "session lost": (_, { jenkins }) => {
    jenkins.restart();
    return passedOn;
  },
  "login page with 200, not carried out": () => ({ kind: "reply", ...pages.loginPage(layout) }),
  "login page with 200, carried out": () => ({ kind: "replace", ...pages.loginPage(layout) }),
  redirect: () => ({ kind: "reply", ...singleSignOn }),
  "error in JSON": () => ({ kind: "reply", ...errorJson("No.") }),
  restart: (request, scene) => restart(request, scene),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** The replies to correct credentials while Jenkins restarts, in order, and the duration of each phase. */
const phases: [ms: number, meet: (isGet: boolean) => Interception][] = [
  [300, () => ({ kind: "drop", when: "before" })],
  [600, (isGet) => ({ kind: "reply", ...(isGet ? pages.startingPage() : pages.startingPostPage()) })],
  [300, () => ({ kind: "reply", ...pages.unauthorizedPage() })],
  [600, () => ({ kind: "reply", ...pages.startingPage() })],
];

function restart(request: LoggedRequest, { jenkins, takeOver }: Scene): Interception {
  jenkins.restart();
  const begun = Date.now();
  const meet = ({ method }: LoggedRequest): Interception | undefined => {
    let end = begun;
    for (const [ms, answer] of phases) {
      end += ms;
      if (Date.now() < end) return answer(method === "GET");
    }
    return undefined;
  };
  takeOver(meet);
  return meet(request) ?? passedOn;
}
