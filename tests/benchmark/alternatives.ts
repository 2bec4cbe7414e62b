/** Compares this package with the alternatives: curl in a loop, and `@pulumi/command` with one resource and script for each token. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { type Controller, environmentOf, firstLogin, type Login, PREFIX, type Server } from "./jenkins.ts";
import { type Line, ratio } from "./lines.ts";
import { declared, forAll, ResourceHost, timed } from "./resource-hosts.ts";
import { programOf, stackOf } from "./stacks.ts";

/** The newest version with a plugin in the Pulumi registry. */
const COMMAND_VERSION = "1.2.1";

/** Shell commands that create a token and print its uuid, and that revoke it. */
const PROPERTY = "$JENKINS_URL/user/$JENKINS_USER_ID/descriptorByName/jenkins.security.ApiTokenProperty";
const CURL = `curl -sf -u "$JENKINS_USER_ID:$JENKINS_API_TOKEN"`;
const generate = (name: string): string =>
  `${CURL} --data-urlencode "newTokenName=${name}" "${PROPERTY}/generateNewToken" | sed 's/.*"tokenUuid":"\\([^"]*\\)".*/\\1/'`;
const revoke = (uuid: string): string => `${CURL} -d "tokenUuid=${uuid}" "${PROPERTY}/revoke"`;

export async function curlLines(server: Server, tokens: number, repetitions: number): Promise<Line[]> {
  const { controller, login } = firstLogin(server);
  const script = `set -e
uuids=$(for i in $(seq ${tokens}); do ${generate(`${PREFIX} curl $i`)}; echo; done)
[ $(echo $uuids | wc -w) -eq ${tokens} ]
for uuid in $uuids; do ${revoke("$uuid")}; done`;
  const looped: number[] = [];
  const ours: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const env = { ...process.env, ...environmentOf(controller, login) };
    looped.push((await timed(() => promisify(execFile)("sh", ["-c", script], { env }))) / 1000);
    ours.push((await timed(() => life(controller, login, tokens))) / 1000);
  }
  const described = { part: "others", what: `${tokens} tokens created and revoked in a fresh host`, unit: "s" };
  return [ratio(described, ours, { what: "curl in a loop", values: looped })];
}

/** Includes the start of Pulumi's host. */
async function life(controller: Controller, login: Login, count: number): Promise<void> {
  const host = await ResourceHost.start();
  const tokens = await forAll(declared(count, controller, [login]), (one) => host.make(one));
  await forAll(tokens, ({ id, outs }) => host.delete(id, outs));
  await host.end();
}

/** @returns the reason if the plugin cannot be installed. */
export async function commandPluginLines(
  workshop: Workshop,
  server: Server,
  tokens: number,
  repetitions: number,
): Promise<Line[] | string> {
  const install = ["plugin", "install", "resource", "command", COMMAND_VERSION];
  const { code, output } = await workshop.pulumi(install, workshop.folder, workshop.environment(workshop.folder));
  if (code !== 0) return `\`pulumi ${install.join(" ")}\`: ${output.trim().split("\n").at(-1)}`;
  const times = { up: { ours: [], theirs: [] }, destroy: { ours: [], theirs: [] } } as Record<
    "up" | "destroy",
    { ours: number[]; theirs: number[] }
  >;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const ours = await stackOf("dynamic", workshop, server, programOf(server, tokens, "apiToken"));
    const theirs = await stackOf("other", workshop, server, scripts(tokens));
    for (const operation of ["up", "destroy"] as const) {
      const seconds = async (stack: Stack) => (await timed(() => stack[operation]())) / 1000;
      times[operation].theirs.push(await seconds(theirs));
      times[operation].ours.push(await seconds(ours));
    }
  }
  return (["up", "destroy"] as const).map((operation) => {
    const described = { part: "others", what: `\`${operation}\` of ${tokens} tokens, dynamic`, unit: "s" };
    return ratio(described, times[operation].ours, { what: "@pulumi/command", values: times[operation].theirs });
  });
}

function scripts(tokens: number): string {
  return `for (let index = 0; index < ${tokens}; index++) {
  const create = ${JSON.stringify(generate(`${PREFIX} command INDEX`))}.replace("INDEX", index);
  const remove = ${JSON.stringify(revoke("$PULUMI_COMMAND_STDOUT"))};
  const properties = { create, delete: remove, stdout: undefined };
  new pulumi.CustomResource("command:local:Command", "token-" + index, properties, { version: "${COMMAND_VERSION}" });
}
`;
}
