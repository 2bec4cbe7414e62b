/** Several simulated controllers in this process, and the controllers file that names them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";

export class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-fleet-"));
  readonly all: Jenkins[] = [];
  readonly #silent: Server[] = [];

  async start(count: number, options: JenkinsOptions = {}): Promise<Jenkins[]> {
    const started = await Promise.all(Array.from({ length: count }, () => startJenkins(options)));
    this.all.push(...started);
    return started;
  }

  /** The URL of a server that accepts connections and never answers. */
  async silent(): Promise<string> {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    this.#silent.push(server);
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  /** Writes a controllers file, one line for each entry. */
  file(lines: (object | string)[]): string {
    const path = join(this.folder, "controllers.jsonl");
    writeFileSync(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
    return path;
  }

  async end(): Promise<void> {
    await Promise.all(this.all.map((jenkins) => jenkins.close()));
    for (const server of this.#silent) server.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** An entry of the file for a user whose password is in the variable `PASSWORD_OF_<ID>`. */
export function entry(url: string, user: string): object {
  return { url, user, password: { variable: `PASSWORD_OF_${user.toUpperCase()}` } };
}

/** The variables that `entry` refers to. */
export const PASSWORDS = Object.fromEntries(
  ["admin", "alice", "bob"].map((id) => [`PASSWORD_OF_${id.toUpperCase()}`, `${id}-password`]),
);
