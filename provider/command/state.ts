/** What the state of a Pulumi stack knows of tokens. It comes from the CLI, its secrets encrypted. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { RejectedError } from "../errors.ts";
import type { ListedToken } from "./output.ts";

const TYPES = ["pulumi-nodejs:dynamic/jenkins:ApiToken", "jenkins:index:ApiToken"];

const named = z.looseObject({
  tokenName: z.unknown().optional(),
  userId: z.unknown().optional(),
  jenkinsUrl: z.unknown().optional(),
  pending: z.looseObject({ name: z.string() }).optional().catch(undefined),
});
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: named.prefault({}),
  outputs: named.prefault({}),
});
const stateSchema = z.object({ deployment: z.object({ resources: z.array(resource).default([]) }) });

export type State = z.infer<typeof stateSchema>["deployment"] & { project: string | undefined; stack: string };

/** The state of a stack of the Pulumi project in this folder. */
export async function stateOf(stackName: string): Promise<State> {
  const tried = `Reading the state of stack ${stackName}`;
  const remedy = "Run this in the folder of the Pulumi project, with the Pulumi CLI on the PATH.";
  const options = { maxBuffer: 1024 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)("pulumi", ["stack", "export", "--stack", stackName], options).catch(
    (error: { code?: unknown; stderr?: string; message: string }) => {
      const words =
        error.code === "ENOENT" ? "there is no `pulumi` on the PATH" : error.stderr?.trim() || error.message;
      throw new RejectedError({ tried: `${tried} is not possible:`, words, remedy });
    },
  );
  const { data } = stateSchema.safeParse(JSON.parse(stdout));
  if (!data)
    throw new RejectedError({ tried: `${tried} is not possible:`, words: "it is not what Pulumi writes", remedy });
  const { resources } = data.deployment;
  const [, stack = stackName.split("/").at(-1) ?? "", project] = partsOf(resources[0]?.urn ?? "");
  return { resources, stack, project: project ?? (await projectHere()) };
}

/** What a state says of a token on the Jenkins at `url`: the resource that it is of, or that it is left over. */
export function knownOf(token: ListedToken, url: string, { resources, project, stack }: State): Partial<ListedToken> {
  const here = resources.filter(({ type, outputs }) => TYPES.includes(type) && outputs.jenkinsUrl === url);
  const ofUser = here.filter(({ outputs }) => outputs.userId === token.userId);
  const owner =
    here.find(({ id }) => id === token.tokenUuid) ??
    ofUser.find(({ id, outputs }) => {
      return (token.isLegacy && id === `legacy:${token.userId}`) || outputs.pending?.name === token.tokenName;
    });
  if (owner) return { resource: partsOf(owner.urn)[4] };
  const names = ofUser.flatMap(({ inputs, outputs }) => [inputs.tokenName, outputs.tokenName, outputs.pending?.name]);
  const [, base = "", attempt] = /^(.*?)( \(pulumi [0-9a-f]{16}\))?$/s.exec(token.tokenName) ?? [];
  const isOfStack = project !== undefined && base.startsWith(`${project}/${stack}/`) && /.-[0-9a-f]{8}$/.test(base);
  return { isLeftover: isOfStack || (attempt !== undefined && names.includes(base)) };
}

/** Stack, project, type and name: `urn:pulumi:dev::shop::a:b:C::ci`. */
function partsOf(urn: string): string[] {
  return /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn) ?? [];
}

/** The name in Pulumi.yaml, for a state without resources; nothing where that isn't plain to see. */
async function projectHere(): Promise<string | undefined> {
  const yaml = await readFile("Pulumi.yaml", "utf8").catch(() => "");
  return /^name:[ \t]*(["']?)([\w.-]+)\1[ \t]*(?:#.*)?$/m.exec(yaml)?.[2];
}
