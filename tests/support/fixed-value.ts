import assert from "node:assert/strict";
import { afterEach } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "./process.ts";
import { quick } from "./quick.ts";

export const VALUE = `11${"0123456789abcdef".repeat(2)}`;
export const OTHER = `11${"fedcba9876543210".repeat(2)}`;
export const named = { tokenName: "ci", fixedValue: VALUE };
export const autoNamed = { autoName: "project/stack/ci", fixedValue: VALUE };
export const UNFINISHED = /^ci \(pulumi [0-9a-f]{16}\)$/;

/** The fixture of each test of a declared value: a Jenkins, a clock that the test moves, and processes that end. */
export class FixedValues {
  jenkins = undefined as unknown as Jenkins;
  aheadMs = 0;
  readonly #others: Jenkins[] = [];

  constructor() {
    afterEach(async () => {
      for (const jenkins of this.#others.splice(0)) await jenkins.close();
    });
  }

  async start(options: JenkinsOptions = {}): Promise<Engine> {
    newProcess();
    this.aheadMs = 0;
    await this.startAnother(options);
    return new Engine(this.as("alice"));
  }

  /** Makes this the Jenkins of the test. */
  async startAnother(options: JenkinsOptions = {}): Promise<void> {
    this.jenkins = await startJenkins({ now: () => new Date(Date.now() + this.aheadMs), ...options });
    this.#others.push(this.jenkins);
  }

  as(id?: string): Context {
    const environment = id
      ? { JENKINS_URL: this.jenkins.url, JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` }
      : {};
    const now = () => new Date(Date.now() + this.aheadMs);
    return { config: undefined, memory: memory(), environment, limits: { ...quick, repeatMs: 50 }, now };
  }

  /** Begins another process, and ends all faults. */
  later(ms = 0): void {
    newProcess();
    this.aheadMs += ms;
    this.jenkins.intercept = undefined;
    this.jenkins.log.length = 0;
  }

  names(id = "alice"): string[] {
    return this.jenkins.tokens(id).map(({ tokenName }) => tokenName);
  }

  uuids(id = "alice"): string[] {
    return this.jenkins.tokens(id).map(({ tokenUuid }) => tokenUuid);
  }

  posts(): (string | undefined)[] {
    return this.jenkins.work.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));
  }

  /** Applies these interceptions to the first requests to `endpoint`. */
  answer(endpoint: string, ...answers: (Interception | undefined)[]): void {
    this.jenkins.intercept = ({ path }) => (path.includes(`/${endpoint}`) ? answers.shift() : undefined);
  }

  /** Asserts that the only token is in the state, with its final name and the declared value. */
  holds(token: Engine, tokenName: unknown = "ci", id = "alice"): void {
    assert.deepEqual([this.uuids(id), this.names(id)], [[token.id], [tokenName]]);
    assert.deepEqual([token.outputs["tokenValue"], token.outputs["tokenName"]], [VALUE, tokenName]);
  }
}
