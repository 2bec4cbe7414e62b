/** The time of `pulumi` commands with tokens, compared with the same resources whose provider does nothing. */
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import type { Asked, Secret, Server } from "./jenkins.ts";
import { type Bound, type Line, ratio, shown } from "./lines.ts";
import { timed } from "./resource-hosts.ts";
import { programOf, stackOf } from "./stacks.ts";

const SUBJECTS = ["floor", "dynamic", "plugin"] as const;
type Subject = (typeof SUBJECTS)[number];
const FACES = ["dynamic", "plugin"] as const;

const OPERATIONS = ["preview", "up", "unchanged up", "refresh", "destroy"] as const;
type Operation = (typeof OPERATIONS)[number];

export interface Load {
  tokens: number;
  repetitions: number;
  by?: Secret;
  bounds?: Partial<Record<Operation, Bound>>;
  /** Additional measurements, in each round, of operations that change nothing. */
  again?: Partial<Record<Operation, number>>;
}

/** One run of all operations. Each operation runs on each subject before the next one. */
interface Round {
  ms: Record<Operation, Record<Subject, number[]>>;
  asked: Record<Operation, Record<Subject, Asked | undefined>>;
  bytes: Record<Subject, number>;
}

export async function commandLines(workshop: Workshop, server: Server, load: Load): Promise<Line[]> {
  const { tokens, repetitions, by = "apiToken", bounds = {}, again = {} } = load;
  const rounds: Round[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++)
    rounds.push(await round(workshop, server, tokens, by, again));

  const users = server.controllers.flatMap(({ logins }) => logins).length;
  const part = [
    `${tokens} tokens`,
    ...(users > 1 ? [`${users} users`] : []),
    ...(server.controllers.length > 1 ? [`${server.controllers.length} controllers`] : []),
    ...(by === "password" ? ["password login"] : []),
  ].join(", ");
  const secondsOf = (operation: Operation, subject: Subject) =>
    rounds.flatMap(({ ms }) => ms[operation][subject].map((one) => one / 1000));
  const times = OPERATIONS.flatMap((operation) =>
    FACES.map((face) => {
      const compared = { what: "no-op", values: secondsOf(operation, "floor") };
      const described = { part, what: `\`${operation}\`, ${face}`, unit: "s", bound: bounds[operation] };
      return ratio(described, secondsOf(operation, face), compared);
    }),
  );
  return [...times, ...countLines(part, rounds, { tokens, users, by }), ...stateLines(part, rounds)];
}

/**
 * The numbers of requests to Jenkins. The bounds hold for any number of tokens. Some bounds hold only for a single user, because the
 * credentials in the environment manage only that user's tokens. Tokens of other users read and revoke themselves.
 */
function countLines(
  part: string,
  rounds: Round[],
  { tokens, users, by }: { tokens: number; users: number; by: Secret },
) {
  const ofOne = (bound: Bound) => (users === 1 ? bound : undefined);
  return FACES.flatMap((face) => {
    const counts = (operation: Operation, of: RegExp) =>
      rounds.flatMap(({ asked }) => {
        const requests = asked[operation][face]?.requests;
        if (!requests) return [];
        return Object.entries(requests).reduce((sum, [name, times]) => (of.test(name) ? sum + times : sum), 0);
      });
    const worst = (what: string, values: number[], bound: Bound | undefined): Line[] =>
      values.length > 0 ? [shown({ part, what: `${what}, ${face}`, unit: "", bound }, Math.max(...values))] : [];
    const perToken = (operation: Operation) => counts(operation, /^POST (?!j_)/).map((count) => count / tokens);
    const getsAtMost = users * (by === "password" ? 5 : 3);
    return [
      ...worst("`up`: POSTs per token", perToken("up"), { exactly: 1 }),
      ...worst("`up`: GETs", counts("up", /^GET/), { atMost: getsAtMost }),
      ...worst("`unchanged up`: requests", counts("unchanged up", /./), { exactly: 0 }),
      ...worst("`refresh`: pages read", counts("refresh", /^GET (security|configure)$/), ofOne({ exactly: 1 })),
      ...worst("`destroy`: POSTs per token", perToken("destroy"), ofOne({ exactly: 1 })),
    ];
  });
}

function stateLines(part: string, rounds: Round[]): Line[] {
  return FACES.map((face) => {
    const compared = { what: "no-op", values: rounds.map(({ bytes }) => bytes.floor) };
    const described = { part, what: `state per token, ${face}`, unit: "B", bound: { atMost: 1.15 } };
    return ratio(
      described,
      rounds.map(({ bytes }) => bytes[face]),
      compared,
    );
  });
}

async function round(
  workshop: Workshop,
  server: Server,
  tokens: number,
  by: Secret,
  again: NonNullable<Load["again"]>,
): Promise<Round> {
  const program = programOf(server, tokens, by);
  const stacks = await Promise.all(
    SUBJECTS.map(async (subject) => ({ subject, stack: await stackOf(subject, workshop, server, program, by) })),
  );
  const forEach = <T>(make: () => T) =>
    Object.fromEntries(
      OPERATIONS.map((operation) => [operation, Object.fromEntries(SUBJECTS.map((subject) => [subject, make()]))]),
    ) as Record<Operation, Record<Subject, T>>;
  const ms = forEach((): number[] => []);
  const asked = forEach((): Asked | undefined => undefined);
  const bytes = {} as Record<Subject, number>;
  for (const operation of OPERATIONS.flatMap((one) => Array<Operation>(1 + (again[one] ?? 0)).fill(one))) {
    for (const { subject, stack } of stacks) {
      await server.take();
      ms[operation][subject].push(await timed(() => run(stack, operation)));
      asked[operation][subject] = await server.take();
      if (operation === "refresh") bytes[subject] = JSON.stringify(stack.resources()).length / tokens;
    }
  }
  return { ms, asked, bytes };
}

async function run(stack: Stack, operation: Operation): Promise<void> {
  if (operation === "unchanged up") await stack.up("--expect-no-changes");
  else if (operation === "refresh") await stack.refresh("--expect-no-changes");
  else await stack[operation]();
}
