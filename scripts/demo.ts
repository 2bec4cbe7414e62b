// The life of one token as a user sees it: the packed package, installed beside a copy of examples/basic, and the real
// Pulumi CLI; on a Jenkins that is built in, or with --real on the one that JENKINS_* name. Each claim is checked.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EnvHttpProxyAgent, fetch } from "undici";
import { newestVersion } from "../tests/jenkins/profiles.ts";
import { endpointOf } from "../tests/jenkins/request.ts";
import { startJenkins } from "../tests/jenkins/server.ts";
import { pulumiCli } from "./pulumi-cli.ts";

const checkout = fileURLToPath(new URL("..", import.meta.url));
const { real } = parseArgs({ options: { real: { type: "boolean", default: false } } }).values;

type Environment = Record<string, string | undefined>;

interface Jenkins {
  description: string;
  url: string;
  login: Environment;
  /** What it was asked and answered, in order, as "POST revoke 200"; absent where the demo can't see that. */
  log?: () => string[];
  close(): Promise<void>;
}

const secrets = new Set<string>();
let running: ChildProcess | undefined;
let interrupted = false;
let steps = 0;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    interrupted = true;
    running?.kill("SIGINT"); // Only once: Pulumi takes a second one for leave to drop what is under way.
  });
}

try {
  await demonstrate();
} catch (error) {
  say(interrupted ? "Interrupted." : `\nNot as it should be: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function demonstrate(): Promise<void> {
  say("The life of one Jenkins API token: made by `pulumi up`, used, kept, revoked by `pulumi destroy`.");
  say(
    "With this package packed and installed as a user would have it. About a minute on an idle machine; all that it makes goes to a temporary folder.\n",
  );
  const jenkins = real ? realJenkins() : await builtInJenkins();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "pulumi-jenkins-demo-")));
  try {
    await live(jenkins, folder, await environmentFor(jenkins, folder));
  } finally {
    await jenkins.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Change = (operation: string, ...flags: string[]) => Promise<string>;

async function live(jenkins: Jenkins, folder: string, environment: Environment): Promise<void> {
  const pulumi = (...args: string[]) =>
    run("pulumi", [...args, "--non-interactive", "--color=never"], folder, environment);
  const change: Change = (operation, ...flags) =>
    pulumi(operation, "--yes", "--skip-preview", "--suppress-progress", ...flags);
  let isTokenLeft = false;

  try {
    step(jenkins.description);
    step("npm pack; npm install in a copy of examples/basic");
    await install(folder, environment);

    step("pulumi up");
    await pulumi("stack", "init", "demo");
    isTokenLeft = true;
    show(await change("up"), /^ {4}(token|userId)/);
    expectChanges(jenkins, "POST generateNewToken 200");
    const credentials = await useToken(jenkins, await outputsOf(folder, environment));
    await leaveAlone(jenkins, change);

    step("pulumi destroy");
    show(await change("destroy"));
    isTokenLeft = false;
    expectChanges(jenkins, "POST generateNewToken 200", "POST revoke 200");

    step("the same curl as before");
    const { status } = await signIn(jenkins.url, credentials);
    check(`Jenkins answers ${status}: the value is worth nothing any more`, status === 401);
    if (jenkins.log) say(`\nJenkins' own log: ${jenkins.log().join(", ")}.`);
    say("\nAll as it should be.");
  } finally {
    if (isTokenLeft) await revokeWhatIsLeft(() => change("destroy"));
  }
}

/** Signs in with the token. Its credentials, as curl takes them. */
async function useToken(jenkins: Jenkins, { userId, tokenName, tokenValue }: Record<string, string>): Promise<string> {
  check(
    `"${tokenName}" belongs to ${userId}, and Pulumi shows its value to nobody who doesn't ask`,
    Boolean(tokenValue),
  );
  step(
    `curl -u "$(pulumi stack output userId):$(pulumi stack output tokenValue --show-secrets)" ${jenkins.url}/whoAmI/api/json`,
  );
  const answer = await signIn(jenkins.url, `${userId}:${tokenValue}`);
  check(`Jenkins answers ${answer.status}, to "${answer.name}"`, answer.status === 200 && answer.name === userId);
  return `${userId}:${tokenValue}`;
}

async function leaveAlone(jenkins: Jenkins, change: Change): Promise<void> {
  step("pulumi up, with nothing changed");
  const unchanged = await change("up", "--expect-no-changes");
  show(unchanged);
  check("the token stays as it is", / 2 unchanged/.test(unchanged));
  expectChanges(jenkins, "POST generateNewToken 200");

  step("pulumi refresh");
  const refreshed = await change("refresh", "--expect-no-changes");
  show(refreshed);
  check("the token is on Jenkins' list, under its name", / 2 unchanged/.test(refreshed));
}

async function builtInJenkins(): Promise<Jenkins> {
  const password = randomBytes(12).toString("base64url");
  secrets.add(password);
  const jenkins = await startJenkins({ users: [{ id: "alice", password }] });
  return {
    description: `A Jenkins that behaves as ${newestVersion}, built in, at ${jenkins.url}: alice signs in with a password`,
    url: jenkins.url,
    login: { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: password },
    log: () => jenkins.log.map(({ method, path, status }) => `${method} ${endpointOf(path)} ${status}`),
    close: () => jenkins.close(),
  };
}

function realJenkins(): Jenkins {
  const { JENKINS_URL, JENKINS_USER_ID, JENKINS_API_TOKEN, JENKINS_PASSWORD } = process.env;
  if (!(JENKINS_URL && JENKINS_USER_ID && (JENKINS_API_TOKEN || JENKINS_PASSWORD))) {
    throw new Error("--real needs JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN or JENKINS_PASSWORD");
  }
  for (const secret of [JENKINS_API_TOKEN, JENKINS_PASSWORD]) if (secret) secrets.add(secret);
  const url = JENKINS_URL.replace(/\/+$/, "");
  const kind = JENKINS_API_TOKEN ? "an API token" : "a password";
  return {
    description: `The Jenkins at ${url}: ${JENKINS_USER_ID} signs in with ${kind}`,
    url,
    login: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("JENKINS_"))),
    close: async () => undefined,
  };
}

/** Neither a Pulumi account, nor the npm that runs this script, nor any Jenkins but the one that is meant. */
async function environmentFor(jenkins: Jenkins, folder: string): Promise<Environment> {
  const { bin } = await pulumiCli();
  const passphrase = randomBytes(12).toString("base64url");
  secrets.add(passphrase);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|PULUMI_|JENKINS_)/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    ...jenkins.login,
    PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
    PULUMI_HOME: join(folder, ".pulumi-home"),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

async function install(folder: string, environment: Environment): Promise<void> {
  await cp(join(checkout, "examples/basic"), folder, { recursive: true });
  // The versions that lie in npm's cache since the dependencies were installed here.
  await cp(join(checkout, "package-lock.json"), join(folder, "package-lock.json"));
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  const tarball = (await run("npm", pack, checkout, environment)).trim();
  const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  await run("npm", ["install", ...quietly, join(folder, tarball)], folder, environment);
  const { size } = await stat(join(folder, tarball));
  const installed = JSON.parse(await readFile(join(folder, "node_modules/pulumi-jenkins/package.json"), "utf8"));
  check(`${tarball}, ${Math.round(size / 1024)} kB, is installed in ${folder}`, tarball.includes(installed.version));
}

async function outputsOf(folder: string, environment: Environment): Promise<Record<string, string>> {
  const shown = JSON.parse(await run("pulumi", ["stack", "output", "--json"], folder, environment));
  if (shown.tokenValue !== "[secret]") throw new Error("`pulumi stack output` shows the token's value");
  const args = ["stack", "output", "--json", "--show-secrets"];
  const outputs = JSON.parse(await run("pulumi", args, folder, environment));
  secrets.add(outputs.tokenValue);
  return outputs;
}

async function signIn(url: string, credentials: string): Promise<{ status: number; name?: string }> {
  const { JENKINS_CA_CERT: ca } = real ? process.env : {};
  const connect = ca ? { ca: ca.includes("-----BEGIN") ? ca : await readFile(ca, "utf8") } : {};
  const response = await fetch(`${url}/whoAmI/api/json`, {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
    dispatcher: new EnvHttpProxyAgent({ connect, requestTls: connect }),
  });
  if (!response.ok) return { status: response.status };
  const { name } = (await response.json()) as { name: string };
  return { status: response.status, name };
}

/** What the command printed. */
async function run(command: string, args: string[], cwd: string, environment: Environment): Promise<string> {
  if (interrupted) throw new Error("interrupted");
  // In a group of its own, or Ctrl-C would reach it beside what the handler above sends.
  const child = spawn(command, args, { cwd, env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  running = undefined;
  if (code !== 0 || interrupted) throw new Error(`${command} ${args[0]} failed:\n${stdout}${stderr}`);
  return stdout;
}

async function revokeWhatIsLeft(destroy: () => Promise<string>): Promise<void> {
  const wasInterrupted = interrupted;
  interrupted = false;
  try {
    await destroy();
    say("\nCleaned up: `pulumi destroy` has left no token on Jenkins.");
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    say(`The token may be left on Jenkins, under a name that begins with jenkins-token/demo/ci: ${reason}`);
  }
  interrupted ||= wasInterrupted;
}

/** All that was asked of Jenkins so far and changes something. */
function expectChanges({ log }: Jenkins, ...expected: string[]): void {
  if (!log) return;
  const changes = log().filter((request) => /^POST (?!j_)/.test(request)); // By j_..., the login form, a session begins.
  check(`all that Jenkins was asked to change so far: ${changes.join(", ")}`, changes.join() === expected.join());
}

function check(claim: string, holds: boolean): void {
  if (!holds) throw new Error(`this does not hold: ${claim}`);
  say(`   ✓ ${claim}`);
}

function step(title: string): void {
  steps += 1;
  say(`${steps}. ${title}`);
}

/** The lines of Pulumi's report that say what became of the token, and those that are asked for. */
function show(report: string, alsoWanted = /^$/): void {
  const wanted = /ApiToken ci (created|deleted)|^ {4}[^p]*\d (created|deleted|unchanged)/;
  for (const line of report.split("\n")) {
    if (line && (wanted.test(line) || alsoWanted.test(line))) say(`   │ ${line.trim()}`);
  }
}

function say(text: string): void {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, "[secret]");
  process.stdout.write(`${clean}\n`);
}
