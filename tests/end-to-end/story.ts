import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Face, Stack, YamlStack } from "../../scripts/pulumi-cli/stack.ts";
import type { Environment, Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Caller } from "../jenkins/caller.ts";
import { endpointOf } from "../jenkins/request.ts";
import { type Jenkins, startJenkins, type Token } from "../jenkins/server.ts";
import { heldPort } from "../support/held-port.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** The fixture of an end-to-end test: its own Jenkins, and stacks that use only this Jenkins. */
export class Story {
  readonly jenkins: Jenkins;
  readonly workshop: Workshop;
  /** Alice's password. */
  readonly password: string;
  /** Another token of alice, created by hand. `tokens` does not return it. */
  readonly loginToken: string;
  /** The difference between Jenkins' clock and this machine's. */
  readonly clock: { aheadMs: number };
  readonly #folder: string;
  #seen = 0;

  private constructor(jenkins: Jenkins, clock: { aheadMs: number }, workshop: Workshop, password: string) {
    this.jenkins = jenkins;
    this.clock = clock;
    this.workshop = workshop;
    this.password = password;
    this.#folder = mkdtempSync(join(workshop.folder, "story-"));
    mkdirSync(this.backend);
    this.loginToken = jenkins.generate("alice", LOGIN_TOKEN).tokenValue;
    workshop.secrets.addLogin("alice", "a password", password);
    workshop.secrets.addLogin("alice", "the login's token", this.loginToken);
  }

  static async begin(workshop: Workshop): Promise<Story> {
    const password = oddPassword();
    const clock = { aheadMs: 0 };
    const jenkins = await startJenkins({
      now: () => new Date(Date.now() + clock.aheadMs),
      users: [
        { id: "alice", password },
        { id: "bob", password: oddPassword() },
      ],
    });
    return new Story(jenkins, clock, workshop, password);
  }

  get backend(): string {
    return join(this.#folder, "backend");
  }

  /** The environment of alice, who logs in with an API token. */
  get tokenLogin(): Environment {
    return { JENKINS_URL: this.jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: this.loginToken };
  }

  get passwordLogin(): Environment {
    return { JENKINS_URL: this.jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: this.password };
  }

  /** A stack with a small JavaScript program. */
  async stack(source: string, login: Environment = this.tokenLogin, face: Face = "dynamic"): Promise<Stack> {
    const folder = this.#programFolder("program");
    writeFileSync(join(folder, "package.json"), `{ "type": "module", "main": "index.mjs" }`);
    const stack = new Stack(this.workshop, folder, "program", this.backend, login);
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      `name: program\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.mjs\n${stack.plugins}\n`,
    );
    stack.write(source, face);
    await stack.init();
    return stack;
  }

  /** A stack with a YAML program. */
  async yamlStack(source: string, login: Environment = this.tokenLogin): Promise<YamlStack> {
    const folder = join(this.#folder, "yaml");
    mkdirSync(folder);
    const stack = new YamlStack(this.workshop, folder, "yaml", this.backend, login);
    stack.write(source);
    await stack.init();
    return stack;
  }

  /** A stack with a copy of one of our examples. */
  async example(name: string, login: Environment = this.tokenLogin): Promise<Stack> {
    const source = join(checkout, "examples", name);
    const folder = existsSync(join(source, "index.ts")) ? this.#programFolder(name) : join(this.#folder, name);
    cpSync(source, folder, { recursive: true });
    return await this.stackIn(folder, login);
  }

  /** A stack with the program in `folder`. */
  async stackIn(folder: string, login: Environment): Promise<Stack> {
    const project = /^name: (.*)$/m.exec(readFileSync(join(folder, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
    const stack = new Stack(this.workshop, folder, project, this.backend, login);
    await stack.init();
    return stack;
  }

  #programFolder(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    return folder;
  }

  /** The requests since the last call, in order: "GET whoAmI", "POST generateNewToken". */
  newRequests(): string[] {
    const requests = this.jenkins.log.slice(this.#seen);
    this.#seen = this.jenkins.log.length;
    return requests.map(({ method, path }) => `${method} ${endpointOf(path)}`);
  }

  /** The new requests that change tokens. */
  newChanges(): string[] {
    return this.newRequests().filter((request) => /^POST (?!j_)/.test(request)); // Not the login form.
  }

  /** Alice's tokens, except the one that logs in. */
  tokens(): Token[] {
    return this.jenkins.tokens("alice").filter(({ tokenName }) => tokenName !== LOGIN_TOKEN);
  }

  tokenNames(): string[] {
    return this.tokens().map(({ tokenName }) => tokenName);
  }

  /** The status of Jenkins' reply to alice, or to another user, with `secret` as the credential. */
  async statusFor(secret: string | undefined, userId = "alice", { url } = this.jenkins): Promise<number> {
    const { status } = await new Caller(url, userId, secret).get("/whoAmI/api/json");
    this.#seen = this.jenkins.log.length;
    return status;
  }

  /** A URL where nobody listens. */
  async urlOfNobody(): Promise<string> {
    return (await heldPort()).url;
  }

  /** Closes Jenkins, and adds every crumb, cookie and credential that was sent to it to the known secrets. */
  async end(): Promise<void> {
    await this.jenkins.close();
    const { secrets } = this.workshop;
    for (const { headers } of this.jenkins.log) {
      if (headers["jenkins-crumb"]) secrets.add("a crumb", String(headers["jenkins-crumb"]));
      for (const cookie of headers.cookie?.split("; ") ?? []) secrets.add("a cookie", cookie.replace(/^[^=]*=/, ""));
      const basic = Buffer.from(headers.authorization?.replace("Basic ", "") ?? "", "base64").toString();
      const [userId = "", secret] = basic.split(/:(.*)/s);
      if (secret) secrets.addLogin(userId, "a login", secret);
    }
  }
}

const LOGIN_TOKEN = "to log in with";

/** A password with characters that the various encodings escape. */
function oddPassword(): string {
  return `pa"ss\\w%rd +/&=<ü> ${randomBytes(9).toString("base64")}`;
}
