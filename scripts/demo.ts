// The life of one token as a user sees it, with the packed package and the real Pulumi CLI. Each claim is checked.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { EnvHttpProxyAgent, fetch } from "undici";
import { type Jenkins, realJenkins, simulatedJenkins } from "./demo/controllers.ts";
import { Interrupted, Project } from "./demo/project.ts";
import { check, command, say, showChanges } from "./demo/terminal.ts";

const HELP = `Shows the life of a Jenkins API token, in about a minute.

Usage: npm run demo -- [options]

  --verbose  also shows each request to the simulated Jenkins
  --real     uses the Jenkins and the credentials in the environment:
             JENKINS_URL, JENKINS_USER_ID, and JENKINS_API_TOKEN or
             JENKINS_PASSWORD
  --help     this text
`;

const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({ options: { verbose: flag, real: flag, help: flag } });

/** A token with a declared name is created under a unique name first. */
const CREATED = ["POST generateNewToken 200", "POST rename 200"];

let seen = 0;

try {
  if (values.help) process.stdout.write(HELP);
  else await demonstrate();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  say(error instanceof Interrupted ? "Interrupted." : reason, "red");
  process.exitCode = 1;
}

async function demonstrate(): Promise<void> {
  const jenkins = values.real ? realJenkins() : await simulatedJenkins();
  try {
    const project = await Project.open(jenkins);
    try {
      await live(jenkins, project);
    } finally {
      await project.close();
    }
  } finally {
    await jenkins.close();
  }
}

async function live(jenkins: Jenkins, project: Project): Promise<void> {
  say(`A Jenkins API token as a Pulumi resource, on ${jenkins.description}`, ["bold", "cyan"]);
  say();
  for (const line of (await project.program()).trimEnd().split("\n")) say(line && `  ${line}`);
  await project.install();
  await project.pulumi("stack", "init", "demo");
  let isTokenLeft = true;
  try {
    await create(jenkins, project);
    await use(jenkins, project);
    await rename(jenkins, project);
    await rotate(jenkins, project);
    await repair(jenkins, project);
    await destroy(jenkins, project);
    isTokenLeft = false;
  } finally {
    if (isTokenLeft) await revokeWhatIsLeft(project);
  }
}

async function create(jenkins: Jenkins, project: Project): Promise<void> {
  command("pulumi up");
  showChanges(await project.change("up"));
  const isCreated = isAskedFor(jenkins, "POST generateNewToken 200");
  check('Jenkins has a new token, and "shop" logs in with its value.', isCreated);
}

async function use(jenkins: Jenkins, project: Project): Promise<void> {
  command('curl -u "$userId:$tokenValue" "$JENKINS_URL/whoAmI/api/json"');
  const { userId, tokenValue } = await project.outputs();
  const { status, name } = await logIn(jenkins, userId, tokenValue);
  check(`Jenkins answers ${status} to ${name}.`, status === 200 && name === userId);
  showRequests(jenkins);
}

async function rename(jenkins: Jenkins, project: Project): Promise<void> {
  const before = await project.outputs();
  await declareAndUp(project, '{ tokenName: "shop" }');
  const after = await project.outputs();
  const isRenamed = isAskedFor(jenkins, "POST rename 200") && before.tokenValue === after.tokenValue;
  check("The token has another name and the same value.", isRenamed);
}

async function rotate(jenkins: Jenkins, project: Project): Promise<void> {
  const before = await project.outputs();
  await declareAndUp(project, '{ tokenName: "shop", triggers: { turn: "2" } }');
  const after = await project.outputs();
  // "shop" logs in with the new value before the revoke.
  const isInOrder = isAskedFor(jenkins, ...CREATED, "GET whoAmI 200", "POST revoke 200");
  const oldLogin = await logIn(jenkins, before.userId, before.tokenValue);
  const newLogin = await logIn(jenkins, after.userId, after.tokenValue);
  const isRotated = isInOrder && oldLogin.status === 401 && newLogin.status === 200;
  check('"shop" got the new value before the old token was revoked.', isRotated);
}

async function repair(jenkins: Jenkins, project: Project): Promise<void> {
  const { userId, tokenUuid } = await project.outputs();
  command('npx pulumi-jenkins revoke "$tokenUuid" --yes    # by hand');
  await project.pulumiJenkins("revoke", tokenUuid, "--yes");
  command("pulumi up --refresh");
  showChanges(await project.change("up", "--refresh"));
  const isRepaired = isAskedFor(jenkins, "POST revoke 200", ...CREATED, "GET whoAmI 200");
  const { status } = await logIn(jenkins, userId, (await project.outputs()).tokenValue);
  check('Pulumi noticed. There is a new token, and "shop" has its value.', isRepaired && status === 200);
}

async function destroy(jenkins: Jenkins, project: Project): Promise<void> {
  const { userId, tokenValue } = await project.outputs();
  command("pulumi destroy");
  showChanges(await project.change("destroy"));
  const isRevoked = isAskedFor(jenkins, "POST revoke 200");
  const { status } = await logIn(jenkins, userId, tokenValue);
  check(`No token is left on Jenkins. The same curl gets ${status}.`, isRevoked && status === 401);
}

async function declareAndUp(project: Project, inputs: string): Promise<void> {
  say();
  say(`  ${await project.declare(inputs)}`);
  command("pulumi up");
  showChanges(await project.change("up"));
}

async function logIn({ url }: Jenkins, userId: string, value: string): Promise<{ status: number; name?: string }> {
  const { JENKINS_CA_CERT: ca } = values.real ? process.env : {};
  const connect = ca ? { ca: ca.includes("-----BEGIN") ? ca : await readFile(ca, "utf8") } : {};
  const response = await fetch(`${url}/whoAmI/api/json`, {
    headers: { authorization: `Basic ${Buffer.from(`${userId}:${value}`).toString("base64")}` },
    dispatcher: new EnvHttpProxyAgent({ connect, requestTls: connect }),
  });
  if (!response.ok) return { status: response.status };
  const { name } = (await response.json()) as { name: string };
  return { status: response.status, name };
}

/** Whether this step sent these requests in this order, and made no other change. True for a real Jenkins, whose requests the demo cannot see. */
function isAskedFor(jenkins: Jenkins, ...expected: string[]): boolean {
  if (!jenkins.log) return true;
  const requests = jenkins.log().slice(seen);
  showRequests(jenkins);
  const changes = requests.filter((request) => /^POST (?!j_)/.test(request)); // Not the login form, j_..., which only begins a session.
  const expectedChanges = expected.filter((request) => request.startsWith("POST "));
  let next = 0;
  for (const request of requests) if (request === expected[next]) next += 1;
  return next === expected.length && changes.length === expectedChanges.length;
}

function showRequests({ log }: Jenkins): void {
  const requests = log?.() ?? [];
  if (values.verbose) for (const request of requests.slice(seen)) say(`    ${request}`, "dim");
  seen = requests.length;
}

async function revokeWhatIsLeft(project: Project): Promise<void> {
  project.resume();
  try {
    await project.change("destroy");
    say("Cleaned up: no token is left on Jenkins.");
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    say(`A token may be left on Jenkins. Its name is "shop" or begins with jenkins-token/demo/ci: ${reason}`, "red");
  }
}
