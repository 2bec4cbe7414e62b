import { newestVersion, versions } from "../jenkins/profiles.ts";
import { changes, ELSEWHERE } from "./changes.ts";
import { faults } from "./faults.ts";
import type { Planned } from "./injector.ts";
import { oneOf, randomFrom } from "./random.ts";
import { scenarios } from "./scenarios.ts";
import type { Plan } from "./trial.ts";
import { wireFaults } from "./wire.ts";

/** The requests of each scenario when nothing goes wrong: the places where something can. */
export type Places = Record<string, Endpoint[]>;

type Endpoint = keyof typeof LONGEST_REPLIES;

/** How many bytes the replies have at most, compressed or not; a round number, so that plans don't depend on a name. */
const LONGEST_REPLIES = {
  generateNewToken: 210,
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
const CUTS_ON_WIRE = 15;
const WIRE = "over the wire";

export function placesOf(paths: string[]): Endpoint[] {
  return paths.map((path) => {
    const known = Object.keys(LONGEST_REPLIES) as Endpoint[];
    const parts = path.split(/[/?]/);
    return known.find((endpoint) => parts.includes(endpoint)) ?? "user";
  });
}

/** Every single fault, in an order that depends on nothing else. */
export function singles(places: Places, seed: number): Plan[] {
  const planned = Object.entries(places).flatMap(([scenario, endpoints]) =>
    [
      [] as Planned[],
      ...endpoints.flatMap((endpoint, index) => atPlace(scenario, endpoint, index + 1, randomFrom(seed + index))),
      ...between(scenario),
    ].map((one) => ({ scenario, faults: one })),
  );
  return planned.map((plan, run) => ({ run, version: versionOf(seed, run), ...plan }));
}

/** Those with more than one token per user; the newest every other time. */
function versionOf(seed: number, run: number): string {
  const random = randomFrom(seed * 7_919 + run);
  const old = versions.filter((version) => version !== newestVersion && version !== "2.72");
  return random() < 0.5 ? newestVersion : oneOf(random, old);
}

function atPlace(scenario: string, endpoint: Endpoint, place: number, random: () => number): Planned[][] {
  const plain = Object.entries(faults).flatMap(([fault, { isCut, isMoment }]) => {
    const parameters = isCut ? cuts(scenario, endpoint, random) : [Math.floor(random() * 100)];
    const once = parameters.map((parameter): Planned => ({ fault, place, span: "once", parameter }));
    if (isMoment || once.length === 0) return once;
    return [
      ...once,
      { fault, place, span: "operation", parameter: Math.floor(0.72 * LONGEST_REPLIES[endpoint]) } as Planned,
    ];
  });
  const wire = scenario === WIRE ? onWire(endpoint, place, random) : [];
  return [...plain, ...wire].map((planned) => [planned]);
}

/** Bytes after which a reply is cut: every one where a value is at stake, some elsewhere. */
function cuts(scenario: string, endpoint: Endpoint, random: () => number): number[] {
  const longest = LONGEST_REPLIES[endpoint];
  const isMain = scenario === "API token";
  if (isMain && endpoint !== "security") return Array.from({ length: longest }, (_, bytes) => bytes);
  if (isMain) return Array.from({ length: 50 }, () => Math.floor(random() * longest));
  const count = { generateNewToken: 12, security: 8, revoke: 0 }[endpoint as string] ?? 3;
  return Array.from({ length: count }, () => Math.floor(random() * longest));
}

function onWire(endpoint: Endpoint, place: number, random: () => number): Planned[] {
  const longest = LONGEST_REPLIES[endpoint] + LONGEST_HEADERS;
  return Object.keys(wireFaults).flatMap((fault) => {
    const count = fault.includes("reply cut") ? CUTS_ON_WIRE : 4;
    return Array.from({ length: count }, (_, index): Planned => {
      const parameter = count === CUTS_ON_WIRE ? Math.floor(random() * longest) : index * index * 6;
      return { fault, place, span: "once", parameter };
    });
  });
}

/** Where an operation makes nothing, another Jenkins would be the right place for it in the next one. */
function changesIn(scenario: string): string[] {
  return Object.keys(changes).filter((change) => change !== ELSEWHERE || !scenarios[scenario]?.isRefused);
}

function between(scenario: string): Planned[][] {
  const operations = scenarios[scenario]?.steps.length ?? 0;
  return changesIn(scenario).flatMap((fault) =>
    Array.from({ length: operations - 1 }, (_, index): Planned[] => [
      { fault, place: index + 2, span: "once", parameter: 0 },
    ]),
  );
}

/** The pair of faults that `seed` and `run` decide. */
export function pair(places: Places, seed: number, run: number): Plan {
  const random = randomFrom(seed * 1_000_003 + run);
  const scenario = oneOf(random, Object.keys(places));
  const endpoints = places[scenario] ?? [];
  const first = 1 + Math.floor(random() * endpoints.length);
  // The second one mostly meets what the first has led to.
  const second = first + 1 + Math.floor(random() ** 2 * endpoints.length);
  return {
    run,
    scenario,
    version: versionOf(seed, run),
    faults: [sampled(scenario, first, random), sampled(scenario, second, random)],
  };
}

function sampled(scenario: string, place: number, random: () => number): Planned {
  const kinds = [...Object.keys(faults), ...(scenario === WIRE ? Object.keys(wireFaults) : [])];
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

/** `count` runs: all single faults and then pairs; where there are more single ones than that, some of them, evenly. */
export function spread(singleRuns: number, count: number): number[] {
  const step = Math.max(1, singleRuns / count);
  return Array.from({ length: count }, (_, index) => Math.floor(index * step));
}
