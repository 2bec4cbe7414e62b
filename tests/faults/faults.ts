import { administer, read } from "../jenkins/failures.ts";
import type { Interception } from "../jenkins/interception.ts";
import * as pages from "../jenkins/pages.ts";
import { newestVersion } from "../jenkins/profiles.ts";
import { errorJson } from "../jenkins/reply.ts";
import type { LoggedRequest } from "../jenkins/server.ts";
import { anotherStack, anotherWriter } from "./another.ts";
import { caches, doors, repeaters, soonMs } from "./doors.ts";
import type { Past } from "./past.ts";
import { restart } from "./restart.ts";
import { latestMs, limits, timeLimitMs, type World } from "./world.ts";

/** The place of a fault, and its parameters. */
export interface Scene {
  world: World;
  request: LoggedRequest;
  /** The number that the fault needs: bytes, milliseconds or a choice. */
  parameter: number;
  /** Applies `meet` to all further requests, until it returns nothing. */
  takeOver: (meet: (request: LoggedRequest) => Interception | undefined) => void;
  /** Interrupts Pulumi. */
  interrupt: () => void;
  /** The run ends by SIGKILL. No later request of it reaches Jenkins. */
  kill: () => void;
  /** What the users' tokens were until now. */
  past: Past;
  /** Whether the operation of this request has ended. */
  isOver: () => boolean;
}

export interface Fault {
  /** The intervention in this request. */
  meet: (scene: Scene) => Interception;
  /** The request is certainly not carried out, so this fault alone leaves no pending record. */
  isRefused?: true;
  /** If the fault occurs once, no operation may fail. */
  isSurvived?: true;
  /** The fault cuts a body, and is tried at each byte. */
  isCut?: true;
  /** The fault occurs only once, not for all requests of an operation. */
  isMoment?: true;
  /** The fault cancels operations. Only the plugin is notified. */
  isEnd?: true;
  /** Ends the whole run at once. */
  isKill?: true;
  /** Makes sense only where something is read, or only where something is changed. */
  isOfReading?: true;
  isOfWriting?: true;
  /** Only a second look exposes the fault, so it is tried at every read. */
  isLookedAtTwice?: true;
  /** The only scenarios in which it can be seen. */
  scenarios?: RegExp;
}

const layout = { version: newestVersion, session: "5ca1ab1e", contextPath: "", crumbRequestField: "", crumb: "" };
const loginPage = pages.loginPage(layout);
const noSuchUser = {
  status: 200,
  headers: { "Content-Type": "text/plain;charset=utf-8" },
  body: 'pulumi-jenkins:{"status":"error","reason":"noSuchUser"}\n',
};
const timeoutMs = limits.requestTimeoutMs;

/** Interrupts Pulumi during a request. `becomes` decides what happens to the request. */
function interrupted(becomes: Interception): Fault {
  const meet = ({ interrupt }: Scene): Interception => {
    interrupt();
    return becomes;
  };
  return { meet, isMoment: true, isEnd: true };
}

/** The run is killed at a request, which Jenkins has carried out by then or never gets. */
function killed(when: "before" | "after"): Fault {
  const meet = ({ kill }: Scene): Interception => {
    kill();
    return { kind: "drop", when };
  };
  return { meet, isMoment: true, isKill: true, scenarios: /^(API token|a declared value)/ };
}

/** Beside the name of Jetty, a mark of Jenkins. */
const nosniff = { "X-Content-Type-Options": "nosniff" };

/** All faults that a request can meet, by name. */
export const faults: Record<string, Fault> = {
  "reset, not carried out": { meet: () => ({ kind: "drop", when: "before" }) },
  "reset, carried out": { meet: () => ({ kind: "drop", when: "after" }) },
  "reset, carried out soon": { meet: () => ({ kind: "abandon", ms: soonMs, answer: "reset" }) },
  "reset, carried out late": { meet: () => ({ kind: "abandon", ms: latestMs, answer: "reset" }) },
  "reply cut": { meet: ({ parameter }) => ({ kind: "cut", after: parameter }), isCut: true },
  "reply cut and closed properly": {
    meet: ({ parameter }) => ({
      kind: "alter",
      alter: (reply) => ({ ...reply, body: reply.body.slice(0, parameter) }),
    }),
    isCut: true,
  },
  "silence, carried out": { meet: () => ({ kind: "delay", when: "after", ms: timeoutMs + soonMs }) },
  "silence, carried out soon": { meet: () => ({ kind: "delay", when: "before", ms: timeoutMs + soonMs }) },
  "silence, carried out late": { meet: () => ({ kind: "delay", when: "before", ms: timeoutMs + latestMs }) },
  "500 of Jenkins, not carried out": { meet: () => ({ kind: "reply", ...pages.oopsPage() }), isSurvived: true },
  "500 of Jenkins, carried out": { meet: () => ({ kind: "replace", ...pages.oopsPage() }), isSurvived: true },
  ...doors,
  ...repeaters,
  ...caches,
  "503 starting": {
    meet: () => ({ kind: "reply", ...pages.startingPage() }),
    isRefused: true,
    isSurvived: true,
  },
  "503 restarting": {
    meet: () => ({ kind: "reply", ...pages.restartingPage() }),
    isRefused: true,
    isSurvived: true,
  },
  "POST 500 while starting": {
    meet: ({ request }) => ({
      kind: "reply",
      ...(request.method === "POST" ? pages.startingPostPage() : pages.startingPage()),
    }),
    isSurvived: true,
  },
  "403 stale crumb": {
    meet: () => ({ kind: "reply", ...pages.noValidCrumbPage() }),
    isRefused: true,
    isSurvived: true,
  },
  "session lost": {
    meet: ({ world }) => {
      world.servers.jenkins.restart();
      return { kind: "wait", until: Promise.resolve() };
    },
    isRefused: true,
    isSurvived: true,
    isMoment: true,
  },
  "401 for a right login": {
    meet: () => ({ kind: "reply", ...pages.unauthorizedPage() }),
    isRefused: true,
    isSurvived: true,
  },
  "403 as if anonymous": {
    meet: () => ({ kind: "reply", ...pages.authenticationRequiredPage(layout, "/", read) }),
    isRefused: true,
    isSurvived: true,
  },
  "403 permission missing": {
    meet: ({ world }) => ({ kind: "reply", ...pages.accessDeniedPage(layout, world.owner, administer) }),
    isRefused: true,
  },
  "403 without a word": { meet: () => ({ kind: "reply", status: 403, headers: nosniff }), isRefused: true },
  "404 of Jenkins": {
    meet: () => ({ kind: "reply", ...pages.notFoundPage() }),
    isRefused: true,
    isLookedAtTwice: true,
  },
  "error in JSON": {
    meet: ({ request }) => {
      const { headers, ...reply } = request.path === "/scriptText" ? noSuchUser : errorJson("No.");
      return { kind: "reply", ...reply, headers: { ...headers, ...nosniff } };
    },
    isRefused: true,
  },
  "login page with 200, not carried out": { meet: () => ({ kind: "reply", ...loginPage }) },
  "login page with 200, carried out": { meet: () => ({ kind: "replace", ...loginPage }) },
  "a proxy's words added to the reply": {
    meet: () => ({
      kind: "alter",
      alter: (reply) => ({ ...reply, body: `${reply.body}<!-- passed through a proxy -->` }),
    }),
  },
  "a value of another form": {
    meet: () => ({
      kind: "alter",
      alter: (reply) => ({ ...reply, body: reply.body.replace('"tokenValue":"11', '"tokenValue":"12') }),
    }),
  },
  "another process writes for the same user": {
    meet: (scene) => ({ kind: "wait", until: anotherWriter(scene) }),
    isSurvived: true,
    isMoment: true,
  },
  "another stack creates and revokes for the same user all along": {
    meet: (scene) => ({ kind: "wait", until: anotherStack(scene) }),
    isMoment: true,
  },
  "a token of the same name made by hand": {
    meet: ({ world, request }) => {
      world.makeByHand(world.anyOwner, request.form["newName"] ?? "mine");
      return { kind: "wait", until: Promise.resolve() };
    },
    isRefused: true,
    isSurvived: true,
  },
  restart: {
    meet: (scene) => restart(scene),
    isMoment: true,
  },
  "interrupted, not carried out": interrupted({ kind: "wait", until: new Promise(() => undefined) }),
  "interrupted, carried out": interrupted({ kind: "delay", when: "after", ms: timeoutMs }),
  "interrupted, carried out soon": interrupted({ kind: "delay", when: "before", ms: soonMs }),
  "interrupted, carried out late": interrupted({ kind: "delay", when: "before", ms: latestMs }),
  "killed, not carried out": killed("before"),
  "killed, carried out": killed("after"),
  // The time of each operation began before the request, and is over before its reply comes.
  "time limit over, carried out": {
    meet: () => ({ kind: "delay", when: "after", ms: timeLimitMs + soonMs }),
    isMoment: true,
    isEnd: true,
  },
  "time limit over, carried out late": {
    meet: () => ({ kind: "delay", when: "before", ms: latestMs }),
    isMoment: true,
    isEnd: true,
  },
};
