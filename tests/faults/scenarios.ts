import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, type Failure, type Program, SECOND } from "./engine.ts";
import type { Properties } from "./faces.ts";
import { type LoginKind, latestMs, type World } from "./world.ts";

interface Step {
  name: string;
  run: (engine: Engine, world: World) => Promise<Failure[]>;
}

export interface Scenario {
  kind: LoginKind;
  /** A hook of the program has each create and update that left a record called again, and drops that. */
  isHooked?: true;
  /** As many explicit providers, each with a plugin of its own. Their requests have no order that they keep. */
  providers?: 2;
  /** A door stands before Jenkins that takes Jenkins' marks out of every reply. */
  isBehindDoor?: true;
  /** An operation fails in it though nothing goes wrong. */
  isRefused?: true;
  steps: Step[];
  /** What is declared at the end, before everything is destroyed. */
  last: Declared;
}

/** A program without what every resource of it is declared with. */
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

/** The same declared with a second provider, too. */
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

/** A token that is rotated with overlap, for the `turn`-th time. */
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
    isRefused: true, // By Jenkins before 2.548.
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
          await sleep(latestMs); // Whatever comes late finds the account; nobody makes one anew within seconds.
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
      // Refused: a full name is no id, and once there is one the token would be looked for with the wrong account.
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
