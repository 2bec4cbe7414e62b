import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Reply } from "../jenkins/reply.ts";
import { type Interception, type Jenkins, type LoggedRequest, startJenkins } from "../jenkins/server.ts";
import { type Around, begin, command, loginOf } from "../support/command.ts";
import { secretsIn } from "./output.ts";

interface Run {
  name: string;
  signsIn: string;
  by: "password" | "token";
  owner: string;
  options: string[];
  /** Whether the reply to the first generate is lost. */
  isLost?: true;
}

/** A moment of a request: before Jenkins carries it out, or after that and before the reply. */
interface Moment {
  index: number;
  when: "before" | "after";
}

const runs: Run[] = [
  { name: "by a password", signsIn: "alice", by: "password", owner: "alice", options: [] },
  { name: "by an API token", signsIn: "alice", by: "token", owner: "alice", options: [] },
  { name: "for another user", signsIn: "admin", by: "password", owner: "bob", options: ["--user", "bob"] },
  { name: "after a lost reply", signsIn: "alice", by: "token", owner: "alice", options: [], isLost: true },
];

describe("Killed before and after each of its requests, exec", function () {
  this.timeout("15m");

  for (const run of runs) {
    it(`${run.name} leaves at most a token that revoke --leftover revokes, and shows no secret`, async () => {
      const requests = await requestsOf(run);
      const moments = requests.flatMap((_, index): Moment[] => [
        { index, when: "before" },
        { index, when: "after" },
      ]);
      const left: Moment[] = [];
      for (const moment of moments) if (await isLeft(run, moment)) left.push(moment);
      const live = moments.filter((moment) => isLive(requests, moment));
      assert.ok(live.length > 1);
      assert.deepEqual(left, live);
    });
  }
});

/** Whether a token is there at this moment. */
function isLive(requests: LoggedRequest[], { index, when }: Moment): boolean {
  const done = requests.slice(0, when === "after" ? index + 1 : index);
  return done.filter((one) => isOf("generate", one)).length > done.filter((one) => isOf("revoke", one)).length;
}

function isOf(verb: "generate" | "revoke", { path, form: { script = "" } }: LoggedRequest): boolean {
  const endpoint = { generate: "/generateNewToken", revoke: "/revoke" }[verb];
  return path.endsWith(endpoint) || questionIn(script).includes(`"verb":"${verb}"`);
}

/** The data of a script in the script console. */
function questionIn(script: string): string {
  return Buffer.from(/'([\w+/=]*)'\.decodeBase64/.exec(script)?.[1] ?? "", "base64").toString();
}

async function requestsOf(run: Run): Promise<LoggedRequest[]> {
  const jenkins = await startJenkins();
  jenkins.intercept = (request) => lossOf(run, request, jenkins);
  const { code, aside } = await command(["exec", ...run.options, "--", "true"], aroundOf(run, jenkins));
  await jenkins.close();
  assert.equal(code, 0, aside);
  return jenkins.log;
}

function aroundOf({ signsIn, by }: Run, jenkins: Jenkins): Around {
  const token = by === "token" ? jenkins.generate(signsIn, "logs in").tokenValue : undefined;
  return { environment: loginOf(jenkins.url, signsIn, token) };
}

/** Whether a run that is killed at this moment leaves a token. */
async function isLeft(run: Run, moment: Moment): Promise<boolean> {
  const jenkins = await startJenkins();
  const around = aroundOf(run, jenkins);
  const own = jenkins.tokens(run.owner).map(({ tokenUuid }) => tokenUuid);
  const values: string[] = [];
  jenkins.passBack = (reply) => {
    values.push(...(reply.body.match(/11[0-9a-f]{32}/g) ?? []));
    return reply;
  };
  const { child, ended } = begin(["exec", ...run.options, "--", "true"], around);
  jenkins.intercept = (request) => {
    if (jenkins.log.length !== moment.index + 1) return lossOf(run, request, jenkins);
    jenkins.intercept = undefined;
    return killAt(moment, () => child.kill("SIGKILL"));
  };
  const { code, said, aside } = await ended;
  assert.equal(code, null, "was over before that moment");
  const left = jenkins.tokens(run.owner).filter(({ tokenUuid }) => !own.includes(tokenUuid));

  if (left.length > 0) await endLeftover(run, around);
  const now = jenkins.tokens(run.owner).map(({ tokenUuid }) => tokenUuid);
  assert.deepEqual(now, own);
  const secrets = [...values, `${run.signsIn}-password`];
  assert.deepEqual(secretsIn(said + aside, secrets), []);
  await jenkins.close();
  return left.length > 0;
}

/** Asserts that the next run counts exactly one leftover, and revokes it. */
async function endLeftover({ options }: Run, around: Around): Promise<void> {
  const { code, aside } = await command(["exec", ...options, "--", "true"], around);
  assert.equal(code, 0);
  assert.match(aside, /^Earlier runs .*: 1, still valid: 1\. /);
  await command(["revoke", "--leftover", "--yes", ...options], around);
}

function killAt({ when }: Moment, kill: () => void): Interception {
  const alter = (reply: Reply) => {
    kill();
    return reply;
  };
  if (when === "after") return { kind: "alter", alter };
  kill();
  return { kind: "drop", when: "before" };
}

function lossOf({ isLost }: Run, request: LoggedRequest, jenkins: Jenkins): Interception | undefined {
  const isFirst = jenkins.log.filter((one) => isOf("generate", one)).length === 1;
  return isLost && isFirst && isOf("generate", request) ? { kind: "drop", when: "after" } : undefined;
}
