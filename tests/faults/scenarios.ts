import { setTimeout as sleep } from "node:timers/promises";
import { profileOf } from "../jenkins/profiles.ts";
import { type Engine, type Failure, type Program, SECOND } from "./engine.ts";
import type { Properties } from "./faces.ts";
import { type LoginKind, latestMs, type World } from "./world.ts";

export interface Step {
  name: string;
  run: (engine: Engine, world: World) => Promise<Failure[]>;
}

export interface Scenario {
  kind: LoginKind;
  /** Whether a hook calls each create and update again that left a record, and drops the record. */
  isHooked?: true;
  /** The number of explicit providers, each with its own plugin. The order of their requests is not fixed. */
  providers?: 2;
  /** Whether a front door removes Jenkins' marks from every reply. */
  isBehindDoor?: true;
  /** Whether an operation fails even without a fault. */
  isRefused?: true;
  steps: Step[];
  /** The program at the end, before everything is destroyed. */
  last: Declared;
}

/** A program without the inputs that all its resources share. */
type Declared = (world: World) => Program;

export function withLogin(world: World, program: Program): Program {
  const declared = Object.entries(program).map(([name, inputs]) => [name, { ...world.declared, ...inputs }]);
  return Object.fromEntries(declared) as Program;
}

function up(name: string, program: Declared): Step {
  return { name, run: async (engine, world) => await engine.up(program(world)) };
}

const refresh: Step = { name: "refresh", run: async (engine) => await engine.refresh() };
const destroy: Step = { name: "destroy", run: async (engine) => await engine.destroy() };

const both: Declared = (world) =>
  withLogin(world, { auto: { autoName: "p/s/auto", triggers: { turn: "1" } }, mine: { tokenName: "mine" } });
const changed: Declared = (world) =>
  withLogin(world, { auto: { autoName: "p/s/auto", triggers: { turn: "2" } }, mine: { tokenName: "mine, renamed" } });
const one: Declared = (world) => withLogin(world, { mine: { tokenName: "mine, renamed" } });

const wholeLife = [
  up("up", both),
  up("up with a change", changed),
  refresh,
  up("up without one", one),
  destroy,
] satisfies Step[];

/** The same resources, and a second copy of them with the second provider. */
const doubled =
  (declared: Declared): Declared =>
  (world) => {
    const program = declared(world);
    const second = Object.entries(program).map(([name, inputs]) => [SECOND + name, inputs]);
    return { ...program, ...Object.fromEntries(second) };
  };

const legacy =
  (turn: string): Declared =>
  (world) =>
    withLogin(world, { legacy: { via: "legacy", triggers: { turn } } });

/** A rotating token, with the trigger of its `turn`-th rotation. */
const rotating =
  (turn: number, more: Properties = {}): Declared =>
  (world) =>
    withLogin(world, {
      "rotating auto": { autoName: "p/s/rotating auto", rotateEveryDays: 30, triggers: { turn: `${turn}` }, ...more },
    });

const rotatingPair =
  (turn: number): Declared =>
  (world) => {
    const { "rotating auto": inputs = {} } = rotating(turn)(world);
    return { "rotating auto": inputs, "rotating mine": { ...inputs, tokenName: "mine" } };
  };

const rotatingTwins =
  (turn: number): Declared =>
  (world) => {
    const { "rotating auto": inputs = {} } = rotating(turn, { tokenName: "mine" })(world);
    return { "rotating one": inputs, "rotating other": inputs };
  };

/** Two tokens with one value, and their changes. */
const fixed =
  (turn: string, which: 0 | 1, tokenName: string): Declared =>
  (world) => {
    const fixedValue = world.values[which];
    const auto = { autoName: "p/s/auto", triggers: { turn }, fixedValue };
    return withLogin(world, { auto, mine: { tokenName, fixedValue } });
  };

const fixedLife = [
  up("up", fixed("1", 0, "mine")),
  up("up that replaces one with the same value", fixed("2", 0, "mine, renamed")),
  refresh,
  up("up with another value", fixed("2", 1, "mine, renamed")),
  destroy,
] satisfies Step[];
const fixedLast: Declared = (world) =>
  profileOf(world.servers.version).fixedTokens ? fixed("3", 1, "mine")(world) : one(world);

const expiring = { expiresInDays: 75 };

const twins: Declared = (world) => withLogin(world, { one: { tokenName: "mine" }, other: { tokenName: "mine" } });

const ofFullName: Declared = (world) => ({ auto: { autoName: "p/s/auto", user: world.fullName } });

export const scenarios: Record<string, Scenario> = {
  "API token": { kind: "token", steps: wholeLife, last: one },
  password: { kind: "password", steps: wholeLife, last: one },
  "login as an argument": { kind: "argument", steps: wholeLife, last: one },
  "login from stack config": { kind: "config", steps: wholeLife, last: one },
  "administrator for another": { kind: "administrator", steps: wholeLife, last: one },
  "by script console": { kind: "console", steps: wholeLife, last: one },
  "a legacy token": {
    kind: "token",
    isRefused: true,
    steps: [up("up", legacy("1")), up("up with a change", legacy("2")), refresh, destroy],
    last: legacy("3"),
  },
  "over the wire": { kind: "wire", steps: wholeLife, last: one },
  "a hook that tries again": { kind: "token", isHooked: true, steps: [up("up", twins), refresh, destroy], last: twins },
  "a rotating token": {
    kind: "token",
    steps: [
      up("up", rotating(1)),
      up("up that rotates", rotating(2)),
      up("up that rotates and revokes", rotating(3)),
      {
        name: "up when it is due",
        run: async (engine, world) => await world.after(31, () => engine.up(rotating(3)(world))),
      },
      up("up that renames", rotating(3, { tokenName: "mine" })),
      refresh,
      destroy,
    ],
    last: rotating(4),
  },
  "rotating tokens, login as an argument": {
    kind: "argument",
    steps: [
      up("up", rotating(1)),
      up("up that rotates, with another", rotatingPair(2)),
      refresh,
      up("up that rotates, without one", rotating(3)),
      destroy,
    ],
    last: rotating(3),
  },
  "a rotating token by script console": {
    kind: "console",
    steps: [
      up("up", rotating(1)),
      up("up that rotates", rotating(2)),
      refresh,
      up("up that rotates and revokes", rotating(3)),
      destroy,
    ],
    last: rotating(3),
  },
  "a rotating token with an expiry": {
    kind: "password",
    isRefused: true, // Jenkins before 2.548 refuses it.
    steps: [
      up("up", rotating(1, expiring)),
      up("up that rotates", rotating(2, expiring)),
      up("up that rotates and revokes", rotating(3, expiring)),
      destroy,
    ],
    last: rotating(3),
  },
  "a rotating token and a hook that tries again": {
    kind: "token",
    isHooked: true,
    steps: [
      up("up", rotatingTwins(1)),
      up("up that rotates", rotatingTwins(2)),
      up("up that rotates and revokes", rotatingTwins(3)),
      destroy,
    ],
    last: rotatingTwins(3),
  },
  // Jenkins before 2.260 refuses each declared value.
  "a declared value": { kind: "token", isRefused: true, steps: fixedLife, last: fixedLast },
  "a declared value, password": { kind: "password", isRefused: true, steps: fixedLife, last: fixedLast },
  "a declared value by script console": { kind: "console", isRefused: true, steps: fixedLife, last: fixedLast },
  "a declared value behind a door that hides Jenkins": {
    kind: "password",
    isRefused: true,
    isBehindDoor: true,
    steps: fixedLife,
    last: fixedLast,
  },
  "two explicit providers": {
    kind: "token",
    providers: 2,
    isRefused: true,
    steps: [up("up", doubled(both)), up("up with a change", doubled(changed)), refresh, destroy],
    last: doubled(one),
  },
  "behind a door that hides Jenkins": { kind: "token", isBehindDoor: true, steps: wholeLife, last: one },
  "a rotating token behind a door that hides Jenkins": {
    kind: "password",
    isBehindDoor: true,
    steps: [
      up("up", rotating(1)),
      up("up that rotates", rotating(2)),
      refresh,
      up("up that rotates and revokes", rotating(3)),
      destroy,
    ],
    last: rotating(3),
  },
  "an account that is removed": {
    kind: "administrator",
    isRefused: true,
    steps: [
      up("up", both),
      {
        name: "refresh after the account was removed",
        run: async (engine, world) => {
          await sleep(latestMs); // Waits for late requests, because nobody creates the account again within seconds.
          world.removeOwner();
          return await engine.refresh();
        },
      },
      up("up without the account", changed),
      destroy,
    ],
    last: one,
  },
  "a user by full name": {
    kind: "administrator",
    isRefused: true,
    steps: [
      // Refused, because a full name is not an id. If another user had it as an id, the token would be searched in the wrong account.
      up("up", ofFullName),
      {
        name: "up after a user of that id has come",
        run: async (engine, world) => {
          world.servers.jenkins.addUser({ id: world.fullName });
          return await engine.up(ofFullName(world));
        },
      },
      refresh,
    ],
    last: ofFullName,
  },
};
