import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import type { Story } from "./story.ts";

/** A stack of an inline program in this process, run by Pulumi's Automation API. */
export class Automated {
  readonly #story: Story;
  readonly #stack: automation.Stack;

  private constructor(story: Story, stack: automation.Stack) {
    this.#story = story;
    this.#stack = stack;
  }

  static async open(story: Story, program: automation.PulumiFn): Promise<Automated> {
    const { PULUMI_CONFIG_PASSPHRASE = "", ...environment } = story.workshop.environment(story.backend);
    const login = { ...story.tokenLogin, JENKINS_PASSWORD: "" };
    const workDir = join(story.backend, "../inline");
    mkdirSync(workDir);
    const pulumiCommand = await automation.PulumiCommand.get({ root: dirname(story.workshop.bin) });
    const stack = await automation.LocalWorkspace.createStack(
      { projectName: "inline", stackName: "dev", program },
      { workDir, pulumiCommand, envVars: { ...environment, PULUMI_CONFIG_PASSPHRASE, ...login } },
    );
    return new Automated(story, stack);
  }

  /** Returns the outputs. Secrets are in the clear. */
  async up(): Promise<automation.OutputMap> {
    return (await this.#noted("up", (onOutput) => this.#stack.up({ onOutput }))).outputs;
  }

  async destroy(): Promise<void> {
    await this.#noted("destroy", (onOutput) => this.#stack.destroy({ onOutput }));
  }

  async ids(): Promise<(string | undefined)[]> {
    const { deployment } = await this.#stack.exportStack();
    const resources: { type: string; id?: string }[] = deployment.resources ?? [];
    return resources.filter(({ type }) => !type.startsWith("pulumi:")).map(({ id }) => id);
  }

  async #noted<T>(command: string, run: (onOutput: (text: string) => void) => Promise<T>): Promise<T> {
    let printed = "";
    try {
      return await run((text) => {
        printed += text;
      });
    } finally {
      this.#story.workshop.noteOutput(`${command} by an Automation API script`, printed);
    }
  }
}
