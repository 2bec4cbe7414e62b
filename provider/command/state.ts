/** Finds tokens in the state of a Pulumi stack. The CLI exports the state, with its secrets encrypted. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { RejectedError } from "../errors.ts";
import { isSameUser } from "../jenkins/replies.ts";
import { redact } from "../redaction.ts";
import { DRAWN_END, UNIQUE_END } from "../resources/naming.ts";
import * as z from "../zod.ts";
import type { KnownToken } from "./output.ts";

/** The name of a token, and its end if the name is unique. */
const NAME = new RegExp(`^(.*?)(${UNIQUE_END})?$`, "s");
/** The start of a drawn name. */
const DRAWN_NAME = new RegExp(`^(.+)${DRAWN_END}$`, "s");
const TYPES = /^(pulumi-nodejs:dynamic\/jenkins:|jenkins:index:)(Rotating)?ApiToken$/;

const pendingInStack = z.looseObject({ name: z.string(), tokenUuid: z.optional(z.unknown()) });
const named = z.looseObject({
  tokenName: z.optional(z.unknown()),
  userId: z.optional(z.unknown()),
  jenkinsUrl: z.optional(z.unknown()),
  pending: z.caught(
    z.optional(
      z.union([
        z.array(pendingInStack),
        z.pipe(
          pendingInStack,
          z.transform((one) => [one]),
        ),
      ]),
    ),
    undefined,
  ),
  unrevoked: z.caught(z.optional(z.array(z.unknown())), undefined),
});
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.optional(z.string()),
  /** Whether it was replaced, and the next run deletes it. */
  delete: z.optional(z.boolean()),
  inputs: z.prefault(named, {}),
  outputs: z.prefault(named, {}),
});
const stackSchema = z.object({ deployment: z.object({ resources: z.defaultTo(z.array(resource), []) }) });

export type StackState = z.infer<typeof stackSchema>["deployment"] & { project: string | undefined; stack: string };

/** The state of a stack: of the Pulumi project in this folder, or of any project if the name is `organization/project/stack`. */
export async function stateOf(stackName: string): Promise<StackState> {
  const tried = `Reading the state of stack ${stackName}`;
  const remedy =
    "Run this with the Pulumi CLI on the PATH and in the folder of the project, or give the full name of the stack, organization/project/stack.";
  const options = { maxBuffer: 1024 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)("pulumi", ["stack", "export", "--stack", stackName], options).catch(
    (error: { code?: unknown; stderr?: string; message: string }) => {
      const words =
        error.code === "ENOENT" ? "there is no `pulumi` on the PATH" : redact(error.stderr?.trim() || error.message);
      throw new RejectedError({ tried: `${tried} is not possible:`, words, remedy });
    },
  );
  const { data } = stackSchema.safeParse(jsonIn(stdout));
  if (!data)
    throw new RejectedError({ tried: `${tried} is not possible:`, words: "it is not in Pulumi's format", remedy });
  const { resources } = data.deployment;
  const [, stack = stackName.split("/").at(-1) ?? "", project] = partsOf(resources[0]?.urn ?? "");
  const [, named, last] = stackName.split("/"); // The full name is organization/project/stack.
  return { resources, stack, project: project ?? (last === undefined ? await projectHere() : named) };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What one of several states says about a token. */
interface Claim {
  known: KnownToken;
  state: StackState | undefined;
  /** Whether several states have a rotating token that the token may belong to. */
  isContested: boolean;
}

/** Adds what the states say about each of these tokens on the Jenkins at `url`. With several stacks, the name of a resource begins with its stack. */
export function knownInStacks(all: KnownToken[], url: string, states: StackState[]): KnownToken[] {
  const claims = all.map((token) => claimOn(token, url, states));
  for (const state of states) {
    rank(
      claims.filter((claim) => claim.state === state && !claim.isContested).map(({ known }) => known),
      url,
      state,
    );
  }
  return claims.map(({ known, state }) => (states.length > 1 && state ? withStack(known, state) : known));
}

/** A token of one stack may look like a leftover or a rotating token of another. */
function claimOn(token: KnownToken, url: string, states: StackState[]): Claim {
  const views = states.map((state) => ({ state, known: { ...token, ...knownOf(token, url, state) } }));
  const perhaps = views.filter(({ known }) => known.mayBeOf);
  const owner = views.find(({ known }) => known.resource);
  const found = owner ?? perhaps[0] ?? views.find(({ known }) => known.isLeftover) ?? views[0];
  return { known: token, state: undefined, ...found, isContested: !owner && perhaps.length > 1 };
}

function withStack(token: KnownToken, { project, stack }: StackState): KnownToken {
  const inStack = (name: string | undefined) => name && [project, stack, name].filter(Boolean).join("/");
  return { ...token, resource: inStack(token.resource), mayBeOf: inStack(token.mayBeOf) };
}

/** Says of the tokens of each rotating token at `url` in the state which one is current. */
function rank(known: KnownToken[], url: string, { resources }: StackState): void {
  const here = resources.filter(({ outputs }) => mayBe(outputs.jenkinsUrl, url));
  // If the name in the state is encrypted, any token may match it, so the newest of them need not be the current one.
  const named = new Set(here.filter(({ outputs }) => typeof outputs.tokenName === "string").map(nameOf));
  const rotating = known.filter(({ mayBeOf, isLegacy }) => mayBeOf !== undefined && !isLegacy && named.has(mayBeOf));
  for (const token of rotating) {
    const same = rotating.filter(({ mayBeOf, userId }) => mayBeOf === token.mayBeOf && userId === token.userId);
    token.mayBeAs = stageOf(token, same);
  }
}

/** The newest token is the current one. Undefined if Jenkins does not show the creation time of each. */
function stageOf(token: KnownToken, all: KnownToken[]): KnownToken["mayBeAs"] {
  const time = ({ createdAt = "" }: KnownToken) => Date.parse(createdAt);
  if (all.some((one) => Number.isNaN(time(one)))) return undefined;
  const newer = all.filter((one) => time(one) > time(token)).length;
  return (["current", "previous"] as const)[newer] ?? "older";
}

/** Whether a value in the state may be `known`. An encrypted value may be any value. */
const mayBe = (value: unknown, known: string): boolean => typeof value !== "string" || value === known;

const mayBeOfUser = (value: unknown, userId: string): boolean => typeof value !== "string" || isSameUser(value, userId);

/**
 * What the state says about a token on the Jenkins at `url`: its resource, or that the token is a leftover. The state hides the uuids
 * of a rotating token, so every token with a name of the rotating token may belong to it. A resource at another URL may be on the same Jenkins, which
 * then has several URLs.
 */
export function knownOf(
  token: KnownToken,
  url: string,
  { resources, project, stack }: StackState,
): Partial<KnownToken> {
  const { tokenUuid, tokenName, userId } = token;
  const ofUser = resources.filter(({ type, outputs }) => TYPES.test(type) && mayBeOfUser(outputs.userId, userId));
  const here = ofUser.filter(({ outputs }) => mayBe(outputs.jenkinsUrl, url));
  const owner = ownerOf(token, here) ?? ownerOf({ ...token, isLegacy: false }, ofUser);
  if (owner) {
    const isToBeRevoked = owner.delete || owner.outputs.unrevoked?.includes(tokenUuid);
    return { resource: nameOf(owner), ...(isToBeRevoked && { isToBeRevoked }) };
  }
  const legacy = token.isLegacy && ownerOf(token, ofUser); // Its id in the state does not say on which Jenkins it is.
  if (legacy) return { mayBeOf: nameOf(legacy) };

  const [, base = "", uniqueEnd] = NAME.exec(tokenName) ?? [];
  const [, stem] = DRAWN_NAME.exec(base) ?? [];
  const ofStack = `${project}/${stack}/`;
  const rotating = [...here, ...ofUser].find((one) => {
    const stems = [one.inputs.tokenName, one.outputs.tokenName, ofStack + nameOf(one)];
    const isStem = (name: unknown) => name && (here.includes(one) ? mayBe(name, stem ?? "") : name === stem);
    return one.type.endsWith(":RotatingApiToken") && stem !== undefined && stems.some(isStem);
  });
  if (rotating) return { mayBeOf: nameOf(rotating) };
  const names = here.flatMap(({ inputs, outputs }) => [
    inputs.tokenName,
    outputs.tokenName,
    outputs.pending?.[0]?.name,
  ]);
  const ownName = stem ?? (uniqueEnd === undefined ? undefined : base);
  const isOfStack = project !== undefined && ownName?.startsWith(ofStack) && ownName !== ofStack;
  const isLeftover = token.isLeftover || isOfStack || (uniqueEnd !== undefined && names.includes(base));
  return { isLeftover };
}

/** The resource whose state names this token: as its own, as pending, or as not revoked yet. */
function ownerOf({ tokenUuid, tokenName, userId, isLegacy }: KnownToken, here: StackState["resources"]) {
  const owners = here.filter(({ id, outputs: { pending = [], unrevoked = [] } }) => {
    const isPending = pending.some(
      (one) => one.name === tokenName || String(one.tokenUuid).toLowerCase() === tokenUuid,
    );
    const isLeft = unrevoked.includes(tokenUuid) || isPending;
    const known = id?.toLowerCase(); // A state by hand may have it in another spelling.
    return known === tokenUuid || (isLegacy && known === `legacy:${userId}`.toLowerCase()) || isLeft;
  });
  return owners.find((one) => !one.delete) ?? owners[0];
}

const nameOf = ({ urn }: { urn: string }): string => partsOf(urn)[4] ?? "";

/** Stack, project, type and name: `urn:pulumi:dev::shop::a:b:C::ci`. */
function partsOf(urn: string): string[] {
  return /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn) ?? [];
}

/** The name in Pulumi.yaml, for a state without resources. Undefined if it is not a plain or quoted word. */
async function projectHere(): Promise<string | undefined> {
  const yaml = await readFile("Pulumi.yaml", "utf8").catch(() => "");
  return /^name:[ \t]*(["']?)([\w.-]+)\1[ \t]*(?:#.*)?$/m.exec(yaml)?.[2];
}
