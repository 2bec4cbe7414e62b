import { isDeepStrictEqual } from "node:util";
import type { Entry } from "./engine.ts";
import { type FaceName, isRotating } from "./faces.ts";
import { hashOf, type World } from "./world.ts";

interface Kept {
  tokenUuid: string;
  tokenValue: unknown;
}

/** The attempts that an entry is a record of: a rotating token may have several. */
const pendingsOf = ({ outs }: Entry) => [outs["pending"] ?? []].flat() as { name: string }[];
const currentOf = ({ outs }: Entry) => outs["current"] as Kept | undefined;

/** The tokens of which an entry has the values. */
function tokensIn(entry: Entry): Kept[] {
  const { name, id, outs } = entry;
  if (isRotating(name)) return ([currentOf(entry), outs["previous"]] as Kept[]).filter(Boolean);
  return pendingsOf(entry).length > 0 ? [] : [{ tokenUuid: id, tokenValue: outs["tokenValue"] }];
}

/** The tokens of which an entry knows that they are still to be revoked. */
const unrevokedIn = ({ outs }: Entry) => (outs["unrevoked"] ?? []) as string[];

export function records(state: Entry[]): Entry[] {
  return state.filter((entry) => pendingsOf(entry).length > 0);
}

/** What must hold after each operation, whatever has happened. */
export function broken(state: Entry[], world: World, face: FaceName = "dynamic", isHooked = false): string[] {
  // With a hook, create can't tell a resource that is tried again from another one of the same name that was left unfinished.
  const made = isHooked ? state.filter(({ beganUnfinished }) => !beganUnfinished) : state;
  return [...unknownTokens(state, world), ...orphans(state, face), ...lostValues(made, world), ...touchedByHand(world)];
}

/** Tokens that live, that we made, and that neither the state nor a record knows. */
function unknownTokens(state: Entry[], world: World): string[] {
  const known = state.flatMap((entry) => [...tokensIn(entry).map(({ tokenUuid }) => tokenUuid), ...unrevokedIn(entry)]);
  const uuids = new Set(known);
  const names = new Set(state.flatMap((entry) => pendingsOf(entry).map(({ name }) => name)));
  return world
    .live()
    .filter(({ tokenUuid, tokenName }) => !uuids.has(tokenUuid) && !names.has(tokenName))
    .map(
      ({ userId, tokenUuid, tokenName }) => `nobody knows the live token "${tokenName}" (${tokenUuid}) of ${userId}`,
    );
}

/** Resources of which the engine does not know to whom they belong, or knows it twice. */
function orphans(state: Entry[], face: FaceName): string[] {
  return state
    .filter(({ outs }) => (typeof outs["__provider"] === "string") !== (face === "dynamic"))
    .map(({ name, id, outs }) => `${name} (${id}) has the __provider ${outs["__provider"]}: nobody can delete it`);
}

/** Resources that were reported made, and whose value does not sign in any more although nobody revoked it. */
function lostValues(state: Entry[], world: World): string[] {
  const live = new Map(world.live().map((token) => [token.tokenUuid, token]));
  return state.flatMap((entry) => {
    const { name, id, isDeleting } = entry;
    if (isDeleting) return [];
    if (id.startsWith("legacy:")) return []; // Jenkins changes it in its place: a change with a lost answer ends the value.
    const tokens = tokensIn(entry);
    if (tokens.length + pendingsOf(entry).length === 0) return [`${name} (${id}) has no token`];
    return tokens.flatMap(({ tokenUuid, tokenValue }) => {
      if (world.excused.has(tokenUuid)) return [];
      if (typeof tokenValue !== "string") return [`${name} (${tokenUuid}) has lost its value`];
      const token = live.get(tokenUuid);
      if (!token) return [`${name} is in the state, but its token ${tokenUuid} is not there any more`];
      return token.hash === hashOf(tokenValue) ? [] : [`the value of ${name} (${tokenUuid}) does not sign in`];
    });
  });
}

/** For which triggers each present token was made that a rotating one has had. */
export type Rotations = Map<string, unknown>;

/** Takes down the present tokens that are new, and for what they were made. */
export function notice(state: Entry[], rotations: Rotations): void {
  for (const entry of state) {
    const { tokenUuid = "" } = currentOf(entry) ?? {};
    if (!rotations.has(tokenUuid)) rotations.set(tokenUuid, entry.inputs["triggers"]);
  }
}

/** What must hold of rotating tokens after an `up` that has succeeded. */
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

/** Where each resource lives, a record of an attempt included. */
export function homesOf(state: Entry[]): Map<string, unknown> {
  return new Map(state.filter(({ isDoomed }) => !isDoomed).map(({ name, outs }) => [name, outs["jenkinsUrl"]]));
}

/** Resources that the environment alone has moved to another Jenkins: every build of a Jenkins names its own there. */
export function moved(before: Map<string, unknown>, after: Map<string, unknown>): string[] {
  return [...after]
    .filter(([name, home]) => before.has(name) && before.get(name) !== home)
    .map(([name, home]) => `${name} has moved from ${before.get(name)} to ${home}`);
}

/** What is left when everything was destroyed. */
export function leftOvers(state: Entry[], world: World): string[] {
  return [
    ...state.map(({ name, id }) => `${name} (${id}) can't be destroyed`),
    ...world.live().map(({ userId, tokenName }) => `"${tokenName}" of ${userId} is left when all is destroyed`),
  ];
}

/** Credentials of one Jenkins in requests to the other, and any in a URL. */
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
