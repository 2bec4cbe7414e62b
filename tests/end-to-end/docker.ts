import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { Interception } from "../jenkins/interception.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";

/** A call of `docker`, with the Java options for Jenkins. */
interface Command {
  args: string[];
  javaOptions?: string;
}

/** Docker accepts connections to a published port before the container listens, and resets them. */
const BREAKS: Interception = { kind: "drop", when: "before" };
const STARTS: Interception = { kind: "reply", status: 503, body: "Jenkins is getting ready to work" };

/** The first replies of a Jenkins that starts slowly. */
export const SLOWLY: readonly Interception[] = [BREAKS, BREAKS, BREAKS, STARTS, STARTS];

/** A fake `docker` with one container: a Jenkins in this process, whose user admin has one token. */
export class Docker {
  /** The folder to put first on the PATH. */
  readonly bin: string;
  readonly jenkins: Jenkins;
  /** The token that the container's environment has to contain. */
  readonly adminToken: string;
  /** The subcommands of all calls, in order. */
  readonly commands: string[] = [];
  readonly #start: readonly Interception[];
  readonly #server: Server;

  private constructor(jenkins: Jenkins, start: readonly Interception[], server: Server) {
    this.jenkins = jenkins;
    this.#start = start;
    this.jenkins.intercept = () => BREAKS;
    this.adminToken = jenkins.generate("admin", "fix-generation-during-setup-wizard").tokenValue;
    this.#server = server.on("request", async (request, response) => {
      response.end(`${this.#run((await json(request)) as Command)}\n`);
    });
    this.bin = mkdtempSync(join(realpathSync(tmpdir()), "pulumi-jenkins-docker-"));
    const { port } = server.address() as AddressInfo;
    const script = `#!${process.execPath}
      const command = { args: process.argv.slice(2), javaOptions: process.env.JENKINS_JAVA_OPTS };
      fetch("http://127.0.0.1:${port}", { method: "POST", body: JSON.stringify(command) })
        .then((reply) => reply.text())
        .then((text) => process.stdout.write(text));`;
    writeFileSync(join(this.bin, "docker"), script, { mode: 0o755 });
  }

  /** @param start the first replies of Jenkins. */
  static async open(start: readonly Interception[] = []): Promise<Docker> {
    const jenkins = await startJenkins({ users: [{ id: "admin", administrator: true }] });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Docker(jenkins, start, server);
  }

  async close(): Promise<void> {
    await this.jenkins.close();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.bin, { recursive: true });
  }

  #run({ args: [command = ""], javaOptions = "" }: Command): string {
    this.commands.push(command);
    const isOurs = javaOptions === `-Djenkins.install.SetupWizard.adminInitialApiToken=${this.adminToken}`;
    if (command === "run" && isOurs) {
      const answers = [...this.#start];
      this.jenkins.intercept = () => answers.shift();
    }
    if (command === "rm") this.jenkins.intercept = () => BREAKS;
    return command === "port" ? new URL(this.jenkins.url).host : "f00d";
  }
}
