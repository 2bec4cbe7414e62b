import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pulumiCli } from "../pulumi-cli.ts";
import { Secrets } from "./secrets.ts";

export type Environment = Record<string, string>;

export interface Run {
  code: number | null;
  /** The output on stdout and stderr, in order. */
  output: string;
}

/** A running CLI. */
export interface Running {
  pid: number;
  ended: Promise<Run>;
}

const PLUGIN = fileURLToPath(new URL("../../dist/provider/plugin/main.js", import.meta.url));

/** A folder for all files that the Pulumi CLI writes, and a record of its output. */
export class Workshop {
  readonly folder: string;
  /** The folder of the CLI. */
  readonly bin: string;
  /** The folder of the native provider, like npm's `node_modules/.bin`. */
  readonly plugin: string;
  readonly secrets = new Secrets();
  readonly #passphrase = randomBytes(12).toString("base64url");
  readonly #printed: { command: string; output: string }[] = [];

  constructor(bin: string) {
    this.bin = bin;
    this.folder = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-jenkins-"));
    this.secrets.add("the passphrase", this.#passphrase);
    for (const name of ["home", "tmp", "pulumi", "plugin"]) mkdirSync(join(this.folder, name));
    this.plugin = join(this.folder, "plugin");
    const script = `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" "$@"\n`;
    writeFileSync(join(this.plugin, "pulumi-resource-jenkins"), script, { mode: 0o755 });
  }

  static async open(): Promise<Workshop> {
    return new Workshop((await pulumiCli()).bin);
  }

  /** Inherits only PATH from this process, so that the CLI uses no Jenkins and no Pulumi account of this machine. */
  environment(backend: string): Environment {
    return {
      PATH: [this.bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
      HOME: join(this.folder, "home"),
      TMPDIR: join(this.folder, "tmp"),
      PULUMI_HOME: join(this.folder, "pulumi"),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: this.#passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }

  /** Runs the CLI and records its output. */
  async pulumi(args: string[], cwd: string, environment: Environment, input = ""): Promise<Run> {
    return await this.begin(args, cwd, environment, input).ended;
  }

  /** Like `pulumi`, but returns while the CLI is still running. */
  begin(args: string[], cwd: string, environment: Environment, input = ""): Running {
    const { pid, ended } = this.#start(args, cwd, environment, input);
    const noted = ended.then((run) => {
      this.noteOutput(`pulumi ${args.join(" ")}`, run.output);
      return run;
    });
    return { pid, ended: noted };
  }

  /** Runs the CLI with secrets in its output. This output is not recorded. */
  async revealingPulumi(args: string[], cwd: string, environment: Environment): Promise<Run> {
    return await this.#start(args, cwd, environment, "").ended;
  }

  noteOutput(command: string, output: string): void {
    this.#printed.push({ command, output });
  }

  #start(args: string[], cwd: string, env: Environment, input: string): Running {
    const child = spawn(join(this.bin, "pulumi"), [...args, "--non-interactive", "--color=never"], { cwd, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.stdin.end(input);
    const ended = new Promise<Run>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });
    return { pid: child.pid ?? 0, ended };
  }

  /** The places where a secret was printed or written in the clear. */
  leaks(): string[] {
    const printed = this.#printed.flatMap(({ command, output }) =>
      this.secrets.findIn(output).map((kind) => `${command}: ${kind}`),
    );
    return [...printed, ...this.secrets.findBelow(this.folder)];
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
