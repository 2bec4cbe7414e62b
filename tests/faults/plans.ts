import { newestVersion, versions } from "../jenkins/profiles.ts";
import { changes, ELSEWHERE } from "./changes.ts";
import { type FaceName, faceNames } from "./faces.ts";
import { type Fault, faults } from "./faults.ts";
import type { Planned } from "./injector.ts";
import { oneOf, randomFrom } from "./random.ts";
import { scenarios } from "./scenarios.ts";
import type { Plan } from "./trial.ts";
import { wireFaults } from "./wire.ts";

/** The requests of each scenario without faults. They are the places for faults. */
export type Places = Record<string, Endpoint[]>;

type Endpoint = keyof typeof LONGEST_REPLIES;

/** The greatest length of the replies in bytes, compressed or not. The numbers are round, so that plans do not depend on a name. */
const LONGEST_REPLIES = {
  generateNewToken: 210,
  addFixedToken: 150,
  rename: 15,
  revoke: 0,
  scriptText: 210,
  changeToken: 60,
  security: 6_000,
  configure: 6_000,
  crumbIssuer: 170,
  whoAmI: 150,
  user: 80,
};
const LONGEST_HEADERS = 450;
const CUTS_ON_WIRE = 10;
const WIRE = "over the wire";

/** Places for faults in scenarios without a fixed order of requests. */
export const UNORDERED: Endpoint[] = Array.from({ length: 7 }, () => "generateNewToken");

export function placesOf(paths: string[]): Endpoint[] {
  return paths.map((path) => {
    const known = Object.keys(LONGEST_REPLIES) as Endpoint[];
    const parts = path.split(/[/?]/);
    return known.find((endpoint) => parts.includes(endpoint)) ?? "user";
  });
}

/** Every single fault, in a fixed order. */
export function singles(places: Places, seed: number): Plan[] {
  const planned = Object.entries(places).flatMap(([scenario, endpoints], number) => [
    ...onFaces(scenario, [[]], 0),
    ...endpoints.flatMap((_, index) => {
      const each = atPlace(scenario, endpoints, index + 1, randomFrom(seed + index));
      return each.flatMap((variants, fault) => onFaces(scenario, variants, seed + number + index + fault));
    }),
    ...between(scenario).flatMap((variants) => onFaces(scenario, variants, 0)),
  ]);
  return planned.map((plan, run) => ({ run, version: versionOf(seed, run), ...plan }));
}

/** The plans for the variants of one fault at one place: alternately with both interfaces. A single variant gets a plan for each. */
function onFaces(scenario: string, variants: Planned[][], turn: number): Pick<Plan, "scenario" | "face" | "faults">[] {
  const [only, another] = variants;
  if (!only) return [];
  const faces = facesOf(scenario, only);
  if (!another) return faces.map((face) => ({ scenario, face, faults: only }));
  return variants.map((planned, index) => ({
    scenario,
    face: faces[(turn + index) % faces.length] as FaceName,
    faults: planned,
  }));
}

/** The interfaces for a scenario with these faults: only a plugin can be cancelled, and only plugins can be several providers. */
function facesOf(scenario: string, planned: Planned[]): readonly FaceName[] {
  const isPlugins = scenarios[scenario]?.providers || planned.some(({ fault }) => faults[fault]?.isEnd);
  return isPlugins ? ["plugin"] : faceNames;
}

/** The versions with named tokens. The newest version is used every other time. */
function versionOf(seed: number, run: number): string {
  const random = randomFrom(seed * 7_919 + run);
  const old = versions.filter((version) => version !== newestVersion && version !== "2.72");
  return random() < 0.5 ? newestVersion : oneOf(random, old);
}

/** The variants of each fault, each in its own plan. */
function atPlace(scenario: string, endpoints: Endpoint[], place: number, random: () => number): Planned[][][] {
  const endpoint = endpoints[place - 1] as Endpoint;
  const plain = faultsAt(scenario, endpoints, place).map(([fault, { isCut, isMoment }]) => {
    const isFirst = endpoints.indexOf(endpoint) === place - 1;
    const parameters = isCut
      ? cuts(fault, scenario === MAIN && isFirst, endpoint, random)
      : [Math.floor(random() * 100)];
    const once = parameters.map((parameter): Planned => ({ fault, place, span: "once", parameter }));
    if (isMoment || once.length === 0) return once;
    return [
      ...once,
      { fault, place, span: "operation", parameter: Math.floor(0.72 * LONGEST_REPLIES[endpoint]) } as Planned,
    ];
  });
  const wire = scenario === WIRE ? onWire(endpoint, place, random) : [];
  return [...plain, ...wire].map((variants) => variants.map((planned) => [planned]));
}

/** The scenarios with all faults. In the others, each place has a share of the faults, in turn. */
const MAIN = "API token";
/** Endpoints that may leave a token behind, and endpoints that only read. */
const CREATING: Endpoint[] = ["generateNewToken", "addFixedToken", "scriptText", "changeToken"];
const READING: Endpoint[] = ["security", "configure", "crumbIssuer", "whoAmI", "user"];

function faultsAt(scenario: string, endpoints: Endpoint[], place: number): [string, Fault][] {
  const endpoint = endpoints[place - 1] as Endpoint;
  const [isCreating, isReading] = [CREATING.includes(endpoint), READING.includes(endpoint)];
  const isLikeIt = (other: Endpoint) => CREATING.includes(other) === isCreating;
  const turn = endpoints.slice(0, place).filter(isLikeIt).length;
  const [ofCreating, ofOthers] = scenario === MAIN ? [1, 2] : [3, 8];
  const share = Math.min(isCreating ? ofCreating : ofOthers, endpoints.filter(isLikeIt).length);
  return Object.entries(faults)
    .filter(([, fault]) => fault.scenarios?.test(scenario) ?? true)
    .filter(([, { isOfReading, isOfWriting, isLookedAtTwice, isCut, scenarios: only }], index) => {
      if (isReading ? isOfWriting : isOfReading) return false;
      return isCut || only || (isLookedAtTwice && isReading) || (turn + index) % (isOfReading ? 2 : share) === 0;
    });
}

/** The bytes after which a reply is cut: all bytes of a reply with a value, and some bytes of other replies. */
function cuts(fault: string, isMain: boolean, endpoint: Endpoint, random: () => number): number[] {
  const longest = LONGEST_REPLIES[endpoint];
  if (isMain && endpoint !== "security") {
    const all = Array.from({ length: longest }, (_, bytes) => bytes);
    return all.filter((bytes) => bytes % 4 < 2 === (fault === "reply cut"));
  }
  if (isMain) return Array.from({ length: 50 }, () => Math.floor(random() * longest));
  const count = { generateNewToken: 8, security: 4, revoke: 0 }[endpoint as string] ?? 2;
  return Array.from({ length: count }, () => Math.floor(random() * longest));
}

function onWire(endpoint: Endpoint, place: number, random: () => number): Planned[][] {
  const longest = LONGEST_REPLIES[endpoint] + LONGEST_HEADERS;
  return Object.keys(wireFaults).map((fault) => {
    const count = fault.includes("reply cut") ? CUTS_ON_WIRE : 4;
    return Array.from({ length: count }, (_, index): Planned => {
      const parameter = count === CUTS_ON_WIRE ? Math.floor(random() * longest) : index * index * 6;
      return { fault, place, span: "once", parameter };
    });
  });
}

/** If an operation creates nothing, the next operation would rightly use the other Jenkins. */
function changesIn(scenario: string): string[] {
  return Object.keys(changes).filter((change) => change !== ELSEWHERE || !scenarios[scenario]?.isRefused);
}

function between(scenario: string): Planned[][][] {
  const operations = scenarios[scenario]?.steps.length ?? 0;
  return changesIn(scenario).flatMap((fault) =>
    Array.from({ length: operations - 1 }, (_, index): Planned[][] => [
      [{ fault, place: index + 2, span: "once", parameter: 0 }],
    ]),
  );
}

/** The pair of faults for this `seed` and `run`. */
export function pair(places: Places, seed: number, run: number): Plan {
  const random = randomFrom(seed * 1_000_003 + run);
  const scenario = oneOf(random, Object.keys(places));
  const endpoints = places[scenario] ?? [];
  const first = 1 + Math.floor(random() * endpoints.length);
  // The second fault mostly affects the reaction to the first.
  const second = first + 1 + Math.floor(random() ** 2 * endpoints.length);
  const planned = [sampled(scenario, first, random), sampled(scenario, second, random)];
  const face = oneOf(random, facesOf(scenario, planned));
  return { run, scenario, face, version: versionOf(seed, run), faults: planned };
}

function sampled(scenario: string, place: number, random: () => number): Planned {
  const possible = Object.keys(faults).filter((fault) => faults[fault]?.scenarios?.test(scenario) ?? true);
  const kinds = [...possible, ...(scenario === WIRE ? Object.keys(wireFaults) : [])];
  if (random() < 0.1) {
    const operations = scenarios[scenario]?.steps.length ?? 2;
    return {
      fault: oneOf(random, changesIn(scenario)),
      place: 2 + Math.floor(random() * (operations - 1)),
      span: "once",
      parameter: 0,
    };
  }
  const fault = oneOf(random, kinds);
  const mayLast = fault in faults && !faults[fault]?.isMoment;
  return {
    fault,
    place,
    span: mayLast && random() < 0.4 ? "operation" : "once",
    parameter: Math.floor(random() * 220),
  };
}

/** All plans, by number: first all single faults, then pairs. */
export interface Planner {
  singleRuns: number;
  planOf: (run: number) => Plan;
}

/** `count` plans: all single faults, then pairs. If there are more single faults than `count`, an even sample of them. */
export function spread({ singleRuns, planOf }: Planner, count: number, isMeant = (_: Plan) => true): Plan[] {
  const single = Array.from({ length: singleRuns }, (_, run) => planOf(run)).filter(isMeant);
  const step = Math.max(1, single.length / count);
  const some = single.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step)).slice(0, count);
  return [...some, ...pairs({ singleRuns, planOf }, count - some.length, isMeant)];
}

/** The first `count` plans with pairs of faults. */
export function pairs({ singleRuns, planOf }: Planner, count: number, isMeant = (_: Plan) => true): Plan[] {
  const plans: Plan[] = [];
  for (let run = singleRuns; plans.length < count; run++) {
    const plan = planOf(run);
    if (isMeant(plan)) plans.push(plan);
  }
  return plans;
}
