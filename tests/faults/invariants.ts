import { isDeepStrictEqual } from "node:util";
import type { Entry } from "./engine.ts";
import { type FaceName, isRotating } from "./faces.ts";
import { hashOf, type LiveToken, type World } from "./world.ts";

interface Kept {
  tokenUuid: string;
  tokenValue: unknown;
}

/** The pending records of a resource. A rotating token may have several. */
const pendingsOf = ({ outs }: Entry) => [outs["pending"] ?? []].flat() as { name: string; tokenUuid?: string }[];
const currentOf = ({ outs }: Entry) => outs["current"] as Kept | undefined;

/** The tokens whose values a resource has. */
function tokensIn(entry: Entry): Kept[] {
  const { name, id, outs } = entry;
  if (isRotating(name)) return ([currentOf(entry), outs["previous"]] as Kept[]).filter(Boolean);
  return pendingsOf(entry).length > 0 ? [] : [{ tokenUuid: id, tokenValue: outs["tokenValue"] }];
}

/** The tokens that a resource records as still to be revoked. */
const unrevokedIn = ({ outs }: Entry) => (outs["unrevoked"] ?? []) as string[];

export function records(state: Entry[]): Entry[] {
  return state.filter((entry) => pendingsOf(entry).length > 0);
}

/** The records for which no token is live. */
export function emptyRecords(state: Entry[], world: World): Entry[] {
  const live = world.live();
  const isLive = (pending: { name: string; tokenUuid?: string }) =>
    live.some(({ tokenName, tokenUuid }) => tokenName === pending.name || tokenUuid === pending.tokenUuid);
  return records(state).filter((entry) => !pendingsOf(entry).some(isLive));
}

/** The invariants after each operation. */
export function broken(state: Entry[], world: World, face: FaceName = "dynamic", isHooked = false): string[] {
  // With a hook, create cannot distinguish a repeated call from another unfinished resource of the same name.
  const made = isHooked ? state.filter(({ beganUnfinished }) => !beganUnfinished) : state;
  const unknown = unknownTokens(state, world).map(
    ({ userId, tokenUuid, tokenName }) => `nobody knows the live token "${tokenName}" (${tokenUuid}) of ${userId}`,
  );
  return [...unknown, ...orphans(state, face), ...lostValues(made, world), ...touchedByHand(world)];
}

/** The live tokens of the provider that neither the state nor a record knows. */
export function unknownTokens(state: Entry[], world: World): LiveToken[] {
  const known = state.flatMap((entry) => [...tokensIn(entry).map(({ tokenUuid }) => tokenUuid), ...unrevokedIn(entry)]);
  const pending = state.flatMap((entry) => pendingsOf(entry).map(({ tokenUuid }) => tokenUuid));
  const uuids = new Set([...known, ...pending]);
  const names = new Set(state.flatMap((entry) => pendingsOf(entry).map(({ name }) => name)));
  return world.live().filter(({ tokenUuid, tokenName }) => !uuids.has(tokenUuid) && !names.has(tokenName));
}

/** Resources that nobody can delete: a dynamic resource without `__provider`, or a plugin's resource with it. */
function orphans(state: Entry[], face: FaceName): string[] {
  return state
    .filter(({ outs }) => (typeof outs["__provider"] === "string") !== (face === "dynamic"))
    .map(({ name, id, outs }) => `${name} (${id}) has the __provider ${outs["__provider"]}: nobody can delete it`);
}

/** Resources that were reported as created, and whose value no longer works although nobody revoked it. */
function lostValues(state: Entry[], world: World): string[] {
  const live = new Map(world.live().map((token) => [token.tokenUuid, token]));
  return state.flatMap((entry) => {
    const { name, id, isDeleting } = entry;
    if (isDeleting) return [];
    if (id.startsWith("legacy:")) return []; // Jenkins changes a legacy token in place, so a change with a lost reply makes the value invalid.
    const tokens = tokensIn(entry);
    if (tokens.length + pendingsOf(entry).length === 0) return [`${name} (${id}) has no token`];
    return tokens.flatMap(({ tokenUuid, tokenValue }) => {
      if (world.excused.has(tokenUuid)) return [];
      if (typeof tokenValue !== "string") return [`${name} (${tokenUuid}) has lost its value`];
      const token = live.get(tokenUuid);
      if (!token) return [`${name} is in the state, but its token ${tokenUuid} is not there any more`];
      return token.hash === hashOf(tokenValue) ? [] : [`the value of ${name} (${tokenUuid}) does not log in`];
    });
  });
}

/** The triggers for which each `current` token of a rotating token was created. */
export type Rotations = Map<string, unknown>;

/** Records new `current` tokens, and their triggers. */
export function notice(state: Entry[], rotations: Rotations): void {
  for (const entry of state) {
    const { tokenUuid = "" } = currentOf(entry) ?? {};
    if (!rotations.has(tokenUuid)) rotations.set(tokenUuid, entry.inputs["triggers"]);
  }
}

/** The invariants of rotating tokens after a successful `up`. */
export function notRotated(state: Entry[], rotations: Rotations): string[] {
  return state
    .filter(({ name }) => isRotating(name))
    .flatMap((entry) => {
      const [{ name }, current] = [entry, currentOf(entry)];
      if (!current) return [`${name} has no present token`];
      const isOfThem = isDeepStrictEqual(rotations.get(current.tokenUuid), entry.inputs["triggers"]);
      return [
        ...(isOfThem ? [] : [`${name} was not rotated for its triggers`]),
        ...unrevokedIn(entry).map((tokenUuid) => `${name} keeps a third token, ${tokenUuid}`),
      ];
    });
}

function touchedByHand(world: World): string[] {
  return [...world.foreign].flatMap(([tokenUuid, { userId, tokenName }]) => {
    const token = world.tokensOf(userId).find((other) => other.tokenUuid === tokenUuid);
    if (!token) return [`"${tokenName}" of ${userId}, made by hand, was revoked`];
    return token.tokenName === tokenName ? [] : [`"${tokenName}" of ${userId}, made by hand, was renamed`];
  });
}

/** The Jenkins of each resource, including pending records. */
export function homesOf(state: Entry[]): Map<string, unknown> {
  return new Map(state.filter(({ isDoomed }) => !isDoomed).map(({ name, outs }) => [name, outs["jenkinsUrl"]]));
}

/** Resources that only the environment has moved to another Jenkins. This is a violation, because every Jenkins build sets JENKINS_URL. */
export function moved(before: Map<string, unknown>, after: Map<string, unknown>): string[] {
  return [...after]
    .filter(([name, home]) => before.has(name) && before.get(name) !== home)
    .map(([name, home]) => `${name} has moved from ${before.get(name)} to ${home}`);
}

/** Leftovers after everything was destroyed. */
export function leftOvers(state: Entry[], world: World): string[] {
  return [
    ...state.map(({ name, id }) => `${name} (${id}) can't be destroyed`),
    ...world.live().map(({ userId, tokenName }) => `"${tokenName}" of ${userId} is left when all is destroyed`),
  ];
}

/** Credentials of one Jenkins in requests to the other, and credentials in URLs. */
export function strayedCredentials({ servers, secrets, otherSecrets }: World): string[] {
  const strayed = (log: typeof servers.jenkins.log, wrong: Set<string>, where: string) =>
    log
      .filter(({ headers }) => wrong.has(passwordIn(headers.authorization)))
      .map(({ path }) => `a credential of another Jenkins was sent to ${where}: ${path}`);
  const inUrls = [...servers.jenkins.log, ...servers.other.log]
    .filter(({ path }) => [...secrets].some((secret) => path.includes(encodeURIComponent(secret))))
    .map(({ path }) => `a credential stands in a URL: ${path}`);
  return [
    ...strayed(servers.jenkins.log, otherSecrets, "the Jenkins"),
    ...strayed(servers.other.log, secrets, "the other Jenkins"),
    ...inUrls,
  ];
}

function passwordIn(authorization = ""): string {
  const text = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}
