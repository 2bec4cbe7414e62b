import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment, Run, Running, Workshop } from "./workshop.ts";

/** A resource as the state holds it. */
export interface Recorded {
  urn: string;
  id?: string;
  type: string;
  /** Replaced, and still to be deleted. */
  delete?: boolean;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  additionalSecretOutputs?: string[];
}

const PRELUDES = {
  dynamic: `import * as pulumi from "@pulumi/pulumi";\nimport { JenkinsApiToken, RotatingJenkinsApiToken } from "pulumi-jenkins";\n`,
  native: `import * as pulumi from "@pulumi/pulumi";\nimport { JenkinsApiToken, Provider, RotatingJenkinsApiToken } from "pulumi-jenkins/native";\n`,
  none: `import * as pulumi from "@pulumi/pulumi";\n`,
};

/** Which of the two classes a program uses. */
export type Face = keyof typeof PRELUDES;

/** One stack of a program in a folder, worked on by the real Pulumi CLI. */
export class Stack {
  readonly folder: string;
  readonly project: string;
  /** What the CLI and the provider find in their environment; tests change it between two runs. */
  environment: Environment;
  readonly #workshop: Workshop;
  readonly #backend: string;

  constructor(workshop: Workshop, folder: string, project: string, backend: string, login: Environment) {
    this.folder = folder;
    this.project = project;
    this.#backend = backend;
    this.#workshop = workshop;
    this.environment = { ...workshop.environment(backend), ...login };
  }

  /** Puts another program in the place of the present one. */
  write(source: string, face: Face = "dynamic"): void {
    writeFileSync(join(this.folder, "index.mjs"), PRELUDES[face] + source);
  }

  /** The part of Pulumi.yaml that says where the native provider is. */
  get plugins(): string {
    return `plugins: { providers: [{ name: jenkins, path: ${JSON.stringify(this.#workshop.plugin)} }] }`;
  }

  init(): Promise<string> {
    return this.#succeed("stack", "init", "dev");
  }

  preview(...flags: string[]): Promise<string> {
    return this.#succeed("preview", "--suppress-progress", ...flags);
  }

  up(...flags: string[]): Promise<string> {
    return this.#succeed(...change("up"), ...flags);
  }

  refresh(...flags: string[]): Promise<string> {
    return this.#succeed(...change("refresh"), ...flags);
  }

  destroy(...flags: string[]): Promise<string> {
    return this.#succeed(...change("destroy"), ...flags);
  }

  /** Takes something that Jenkins has already into the state. */
  import(type: string, name: string, id: string, ...flags: string[]): Promise<string> {
    return this.#succeed(...change("import"), type, name, id, ...flags);
  }

  /** An operation that may fail as well as succeed. */
  attempt(operation: "up" | "refresh" | "destroy"): Promise<Run> {
    return this.#workshop.pulumi(change(operation), this.folder, this.environment);
  }

  /** An operation that must not succeed; what it printed. */
  async failing(operation: "up" | "destroy" | "preview" | "import", ...flags: string[]): Promise<string> {
    const args = operation === "preview" ? ["preview", "--suppress-progress"] : change(operation);
    const { code, output } = await this.#workshop.pulumi([...args, ...flags], this.folder, this.environment);
    assert.notEqual(code, 0, `pulumi ${operation} succeeded: ${this.#workshop.secrets.mask(output)}`);
    return output;
  }

  /** An `up` that somebody may interrupt. */
  beginUp(): Running {
    return this.#workshop.begin(change("up"), this.folder, this.environment);
  }

  /** Takes away the lock that a killed CLI has left. */
  cancel(): Promise<string> {
    return this.#succeed("cancel", "--yes");
  }

  /** Changes the state alone. */
  state(...args: string[]): Promise<string> {
    return this.#succeed("state", ...args, "--yes");
  }

  /** @param key is a path where it goes into an object: "controllers.berlin". */
  configure(key: string, value: string): Promise<string> {
    return this.#succeed("config", "set", "--path", key, value);
  }

  unconfigure(key: string): Promise<string> {
    return this.#succeed("config", "rm", "--path", key);
  }

  /** Encrypted by Pulumi, and read from stdin as a careful user gives it. */
  async configureSecret(key: string, value: string): Promise<void> {
    const args = ["config", "set", "--secret", "--path", key];
    const { code } = await this.#workshop.pulumi(args, this.folder, this.environment, value);
    assert.equal(code, 0, `pulumi config set --secret ${key} failed`);
  }

  /** The outputs, secret ones in the clear and from now on hunted for. */
  async outputs(): Promise<Record<string, string>> {
    const args = ["stack", "output", "--show-secrets", "--json"];
    const { code, output } = await this.#workshop.revealingPulumi(args, this.folder, this.environment);
    assert.equal(code, 0, "the outputs can't be shown");
    const outputs = JSON.parse(output) as Record<string, string>;
    for (const [name, value] of Object.entries(outputs)) {
      if (/^11[0-9a-f]{32}$/.test(value)) this.#workshop.secrets.addLogin(outputs["userId"] ?? "alice", name, value);
      if (/^Basic /.test(value)) this.#workshop.secrets.add(name, value);
    }
    return outputs;
  }

  /** The outputs as anybody is shown them. */
  async shownOutputs(): Promise<Record<string, string>> {
    return JSON.parse(await this.#succeed("stack", "output", "--json"));
  }

  /** What `pulumi stack export` gives to anybody who may read the state. */
  exported(): Promise<string> {
    return this.#succeed("stack", "export");
  }

  get #stateFile(): string {
    return join(this.#backend, ".pulumi/stacks", this.project, "dev.json");
  }

  /** Makes the records of attempts as old as if they were written `ms` earlier on this machine. */
  ageRecords(ms: number): void {
    const state = readFileSync(this.#stateFile, "utf8");
    const earlier = (time: string) => new Date(Date.parse(time) - ms).toISOString();
    const aged = state.replace(/("recordedAt": ?")([^"]+)/g, (_, name, time) => name + earlier(time));
    writeFileSync(this.#stateFile, aged);
  }

  /** The resources in the state, without the stack itself and the provider. */
  resources(): Recorded[] {
    const { checkpoint } = JSON.parse(readFileSync(this.#stateFile, "utf8"));
    const resources: Recorded[] = checkpoint.latest?.resources ?? [];
    return resources.filter(({ type }) => !type.startsWith("pulumi:"));
  }

  /** The resource of this name. */
  resource(name: string): Recorded {
    const found = this.resources().find(({ urn }) => urn.endsWith(`::${name}`));
    assert.ok(found, `${name} is not in the state`);
    return found;
  }

  async #succeed(...args: string[]): Promise<string> {
    const { code, output } = await this.#workshop.pulumi(args, this.folder, this.environment);
    assert.equal(code, 0, `pulumi ${args.join(" ")} failed: ${this.#workshop.secrets.mask(output)}`);
    return output;
  }
}

/** A stack of a program in YAML. */
export class YamlStack extends Stack {
  override write(source: string): void {
    const settings = `name: ${this.project}
runtime: yaml
${this.plugins}
`;
    writeFileSync(join(this.folder, "Pulumi.yaml"), settings + source);
  }
}

function change(operation: string): string[] {
  return [operation, "--yes", "--skip-preview", "--suppress-progress"];
}
