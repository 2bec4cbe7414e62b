import assert from "node:assert/strict";
import { afterEach, beforeEach } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "./process.ts";
import { quick } from "./quick.ts";

export const named = { tokenName: "ci" };
export const autoNamed = { autoName: "project/stack/ci" };

/** The Date header with milliseconds. */
class ServerTime extends Date {
  override toUTCString(): string {
    return this.toISOString();
  }
}

/** The fixture of each test of a lost reply: its own Jenkins, alice who logs in with a password, and a clock that the test moves. */
export class LostReplies {
  jenkins = undefined as unknown as Jenkins;
  context = undefined as unknown as Context;
  aheadMs = 0;

  constructor() {
    beforeEach(() => this.#begin());
    afterEach(() => this.jenkins.close());
  }

  async #begin(): Promise<void> {
    newProcess();
    this.aheadMs = 0;
    this.jenkins = await startJenkins({ now: () => new ServerTime(Date.now() + this.aheadMs) });
    const login = { JENKINS_URL: this.jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    const now = () => new Date(Date.now() + this.aheadMs);
    this.context = { config: undefined, memory: memory(), environment: login, limits: { ...quick, repeatMs: 0 }, now };
  }

  /** The names of alice's tokens. */
  names(): string[] {
    return this.jenkins.tokens("alice").map(({ tokenName }) => tokenName);
  }

  /** The names in all generate requests. */
  asked(): (string | undefined)[] {
    return this.jenkins.requests("POST", "generateNewToken").map(({ form }) => form["newTokenName"]);
  }

  /** Applies these interceptions to the first requests to `endpoint`. */
  answer(endpoint: string, ...answers: (Interception | undefined)[]): void {
    this.jenkins.intercept = ({ path }) => (path.includes(`/${endpoint}`) ? answers.shift() : undefined);
  }

  /** A token whose first `up` fails and leaves a record. */
  async pending(program: Properties = named, lost: Interception = { kind: "drop", when: "before" }): Promise<Engine> {
    this.answer("generateNewToken", lost);
    const token = new Engine(this.context);
    await assert.rejects(token.up(program), { code: "ERR_JENKINS_UNFINISHED" });
    assert.match(token.id, /^pending-[0-9a-f]{16}$/);
    return token;
  }

  /** Begins another process, and ends all faults. */
  later(token: Engine, ms: number): void {
    newProcess();
    this.aheadMs += ms;
    this.jenkins.intercept = undefined;
    token.context = this.context;
  }
}
