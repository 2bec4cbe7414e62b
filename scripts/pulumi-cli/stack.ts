import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment, Run, Running, Workshop } from "./workshop.ts";

/** A resource in the state. */
export interface Recorded {
  urn: string;
  id?: string;
  type: string;
  /** Whether it was replaced, and is still to be deleted. */
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

/** The SDK that a program uses. */
export type Face = keyof typeof PRELUDES;

/** One stack of a program in a folder, with operations of the real Pulumi CLI. */
export class Stack {
  readonly folder: string;
  readonly project: string;
  /** The environment of the CLI and the provider. Tests change it between two runs. */
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

  /** Replaces the program. */
  write(source: string, face: Face = "dynamic"): void {
    writeFileSync(join(this.folder, "index.mjs"), PRELUDES[face] + source);
  }

  /** The part of Pulumi.yaml that names the folder of the native provider. */
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

  /** Imports an existing token into the state. */
  import(type: string, name: string, id: string, ...flags: string[]): Promise<string> {
    return this.#succeed(...change("import"), type, name, id, ...flags);
  }

  /** Imports all tokens that a file names. */
  importAll(file: string, ...flags: string[]): Promise<string> {
    return this.#succeed(...change("import"), "--file", file, ...flags);
  }

  /** Runs an operation that may fail or succeed. */
  attempt(operation: "up" | "refresh" | "destroy"): Promise<Run> {
    return this.#workshop.pulumi(change(operation), this.folder, this.environment);
  }

  /** Runs an operation that has to fail, and returns its output. */
  async failing(operation: "up" | "destroy" | "preview" | "import", ...flags: string[]): Promise<string> {
    const args = operation === "preview" ? ["preview", "--suppress-progress"] : change(operation);
    const { code, output } = await this.#workshop.pulumi([...args, ...flags], this.folder, this.environment);
    assert.notEqual(code, 0, `pulumi ${operation} succeeded: ${this.#workshop.secrets.mask(output)}`);
    return output;
  }

  /** Starts an `up` that the test can interrupt. */
  beginUp(): Running {
    return this.#workshop.begin(change("up"), this.folder, this.environment);
  }

  /** Removes the lock that a killed CLI has left. */
  cancel(): Promise<string> {
    return this.#succeed("cancel", "--yes");
  }

  /** Changes only the state. */
  state(...args: string[]): Promise<string> {
    return this.#succeed("state", ...args, "--yes");
  }

  /** @param key may be a path in an object: "controllers.berlin". */
  configure(key: string, value: string): Promise<string> {
    return this.#succeed("config", "set", "--path", key, value);
  }

  unconfigure(key: string): Promise<string> {
    return this.#succeed("config", "rm", "--path", key);
  }

  /** Sets a secret, which Pulumi reads from stdin and encrypts. */
  async configureSecret(key: string, value: string): Promise<void> {
    const args = ["config", "set", "--secret", "--path", key];
    const { code } = await this.#workshop.pulumi(args, this.folder, this.environment, value);
    assert.equal(code, 0, `pulumi config set --secret ${key} failed`);
  }

  /** The outputs with secrets in the clear. From now on the tests search for these secrets. */
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

  /** The outputs without `--show-secrets`. */
  async shownOutputs(): Promise<Record<string, string>> {
    return JSON.parse(await this.#succeed("stack", "output", "--json"));
  }

  /** The state that `pulumi stack export` prints. */
  exported(): Promise<string> {
    return this.#succeed("stack", "export");
  }

  get #stateFile(): string {
    return join(this.#backend, ".pulumi/stacks", this.project, "dev.json");
  }

  /** Makes the pending records older by `ms`, by this machine's clock. */
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
