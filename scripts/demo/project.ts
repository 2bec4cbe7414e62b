/** A folder with the program of the demo, and the commands that run there. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pulumiCli } from "../pulumi-cli.ts";
import type { Jenkins } from "./controllers.ts";
import { command, hide } from "./terminal.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

type Environment = Record<string, string | undefined>;

export class Interrupted extends Error {}

export class Project {
  readonly #folder: string;
  readonly #environment: Environment;
  #running: ChildProcess | undefined;
  #isInterrupted = false;

  private constructor(folder: string, environment: Environment) {
    this.#folder = folder;
    this.#environment = environment;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        this.#isInterrupted = true;
        this.#running?.kill("SIGINT"); // Only once, because a second SIGINT makes Pulumi drop running operations.
      });
    }
  }

  static async open(jenkins: Jenkins): Promise<Project> {
    const { bin } = await pulumiCli();
    const folder = await realpath(await mkdtemp(join(tmpdir(), "pulumi-jenkins-demo-")));
    const project = new Project(folder, environmentFor(jenkins, folder, bin));
    await cp(join(checkout, "examples/basic"), folder, { recursive: true });
    await cp(join(checkout, "scripts/demo/program"), folder, { recursive: true });
    return project;
  }

  /** Installs the packed package, as a user would get it from npm. */
  async install(): Promise<void> {
    // The lockfile selects versions that npm has in its cache.
    await cp(join(checkout, "package-lock.json"), join(this.#folder, "package-lock.json"));
    const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", this.#folder];
    const tarball = (await this.#run("npm", pack, checkout)).trim();
    command(`npm install ${tarball}`);
    const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    await this.#run("npm", ["install", ...quietly, join(this.#folder, tarball)]);
  }

  async program(): Promise<string> {
    return await readFile(join(this.#folder, "index.ts"), "utf8");
  }

  /** Declares the token with other inputs. @returns the new declaration. */
  async declare(inputs: string): Promise<string> {
    const declaration = `new JenkinsApiToken("ci", ${inputs})`;
    const changed = (await this.program()).replace(/new JenkinsApiToken\(.*\)/, () => declaration);
    await writeFile(join(this.#folder, "index.ts"), changed);
    return declaration;
  }

  async pulumi(...args: string[]): Promise<string> {
    return await this.#run("pulumi", [...args, "--non-interactive", "--color=never"]);
  }

  /** Changes the stack. @returns Pulumi's output. */
  async change(operation: "up" | "destroy", ...flags: string[]): Promise<string> {
    return await this.pulumi(operation, "--yes", "--skip-preview", "--suppress-progress", ...flags);
  }

  /** Runs the command `pulumi-jenkins`. */
  async pulumiJenkins(...args: string[]): Promise<string> {
    return await this.#run(join(this.#folder, "node_modules/.bin/pulumi-jenkins"), args);
  }

  /** The outputs of the program, with the value in the clear. */
  async outputs(): Promise<Record<"userId" | "tokenUuid" | "tokenValue", string>> {
    const shown = JSON.parse(await this.pulumi("stack", "output", "--json"));
    if (shown.tokenValue !== "[secret]") throw new Error("`pulumi stack output` shows the token's value.");
    const outputs = JSON.parse(await this.pulumi("stack", "output", "--json", "--show-secrets"));
    hide(outputs.tokenValue);
    return outputs;
  }

  /** Lets commands run again after an interrupt, to clean up. */
  resume(): void {
    this.#isInterrupted = false;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #run(name: string, args: string[], cwd = this.#folder): Promise<string> {
    if (this.#isInterrupted) throw new Interrupted();
    // In its own process group, because otherwise Ctrl+C would send it a second signal.
    const child = spawn(name, args, { cwd, env: this.#environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#running = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    this.#running = undefined;
    if (this.#isInterrupted) throw new Interrupted();
    if (code !== 0) throw new Error(`${name} ${args[0]} failed:\n${output}`);
    return output;
  }
}

/** The environment without a Pulumi account, without the variables of the npm that runs this script, and with only one Jenkins. */
function environmentFor(jenkins: Jenkins, folder: string, bin: string): Environment {
  const passphrase = randomBytes(12).toString("base64url");
  hide(passphrase);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|PULUMI_|JENKINS_)/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    ...jenkins.login,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
    PULUMI_HOME: join(folder, ".pulumi-home"),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
