import assert from "node:assert/strict";
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import { type FaultName, timeoutSeconds } from "./faults.ts";
import { Injection, type Planned } from "./injection.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const SIX_MINUTES_MS = 6 * 60_000;

type Login = "an API token" | "a password";

/** An operation on tokens. It can be run again. */
interface Operation {
  /** The inputs of the token `name`, before the operation (turn 1) and in the operation (turn 2). */
  declared: (name: string, turn: 1 | 2) => object;
  /** Whether the operation needs existing tokens. */
  isLater: boolean;
  command: "up" | "destroy";
}

const operations = {
  create: { declared: () => ({}), isLater: false, command: "up" },
  "create of a given name": { declared: (name) => ({ tokenName: `${name} mine` }), isLater: false, command: "up" },
  rename: { declared: (name, turn) => ({ tokenName: `${name} mine ${turn}` }), isLater: true, command: "up" },
  rotation: { declared: (_, turn) => ({ triggers: { turn: String(turn) } }), isLater: true, command: "up" },
  destroy: { declared: () => ({}), isLater: true, command: "destroy" },
} satisfies Record<string, Operation>;

/** Runs of the CLI with their faults. Each fault affects the requests for a different token. */
const trials: [keyof typeof operations, Login, Planned[]][] = [
  [
    "create",
    "an API token",
    [
      { at: "generateNewToken", fault: "reset, not carried out" },
      { at: "generateNewToken", fault: "reset, carried out" },
      { at: "generateNewToken", fault: "500, carried out" },
      { at: "generateNewToken", fault: "502 of a proxy, carried out" },
      { at: "generateNewToken", fault: "silence, carried out after the run" },
      { at: "generateNewToken", fault: "reply cut" },
    ],
  ],
  [
    "create",
    "an API token",
    [
      { at: "whoAmI", fault: "503 starting" },
      { at: "generateNewToken", fault: "503 of a proxy, not carried out" },
      { at: "generateNewToken", fault: "504 of a proxy, carried out after the run" },
      { at: "generateNewToken", fault: "login page with 200, carried out" },
      { at: "generateNewToken", fault: "redirect" },
      { at: "generateNewToken", fault: "error in JSON" },
      { at: "generateNewToken", fault: "401 for a right login" },
    ],
  ],
  [
    "create of a given name",
    "a password",
    [
      { at: "crumbIssuer", fault: "reset, not carried out" },
      { at: "generateNewToken", fault: "stale crumb" },
      { at: "generateNewToken", fault: "session lost" },
      { at: "generateNewToken", fault: "silence, carried out" },
      { at: "rename", fault: "reset, carried out" },
      { at: "rename", fault: "502 of a proxy, not carried out", lasts: true },
      { at: "rename", fault: "error in JSON" },
    ],
  ],
  ["create", "a password", [{ at: "generateNewToken", fault: "restart" }]],
  [
    "rename",
    "an API token",
    [
      { at: "rename", fault: "reset, carried out" },
      { at: "rename", fault: "500, carried out" },
      { at: "rename", fault: "503 of a proxy, not carried out", lasts: true },
      { at: "rename", fault: "silence, carried out after the run" },
      { at: "rename", fault: "redirect" },
      { at: "rename", fault: "login page with 200, carried out" },
    ],
  ],
  [
    "rename",
    "a password",
    [
      { at: "rename", fault: "stale crumb" },
      { at: "rename", fault: "reply cut" },
      { at: "rename", fault: "error in JSON" },
      { at: "rename", fault: "401 for a right login" },
    ],
  ],
  [
    "rotation",
    "an API token",
    [
      { at: "generateNewToken", fault: "reset, not carried out" },
      { at: "generateNewToken", fault: "504 of a proxy, carried out after the run" },
      { at: "revoke", fault: "reset, carried out", lasts: true },
      { at: "revoke", fault: "403 without a word", lasts: true },
    ],
  ],
  [
    "rotation",
    "a password",
    [
      { at: "generateNewToken", fault: "reset, carried out a second later" },
      { at: "generateNewToken", fault: "stale crumb" },
      { at: "revoke", fault: "504 of a proxy, carried out", lasts: true },
      { at: "revoke", fault: "login page with 200, not carried out" },
    ],
  ],
  [
    "destroy",
    "an API token",
    [
      { at: "revoke", fault: "reset, carried out" },
      { at: "revoke", fault: "500, carried out" },
      { at: "revoke", fault: "silence, carried out after the run" },
      { at: "revoke", fault: "login page with 200, carried out" },
      { at: "revoke", fault: "error in JSON" },
    ],
  ],
  [
    "destroy",
    "a password",
    [
      { at: "revoke", fault: "stale crumb" },
      { at: "revoke", fault: "redirect" },
      { at: "revoke", fault: "504 of a proxy, carried out after the run", lasts: true },
      { at: "revoke", fault: "session lost" },
    ],
  ],
];

/** Faults that do not make an operation fail if they occur once. */
const healing = new Set<FaultName>([
  "reset, carried out a second later",
  "500, carried out",
  "reply cut",
  "503 starting",
  "401 for a right login",
  "stale crumb",
  "session lost",
]);

function spelt({ at, fault, lasts }: Planned): string {
  return `${fault} (${lasts ? "each" : "one"} ${at})`;
}

/** Faults of a refresh. Each has its own run, because a refresh reads one list for all tokens. */
const refreshes: [Login, Planned[]][] = [
  [
    "an API token",
    [
      { at: "security", fault: "reset, not carried out" },
      { at: "security", fault: "login page with 200, not carried out", lasts: true },
      { at: "security", fault: "403 without a word", lasts: true },
      { at: "whoAmI", fault: "redirect", lasts: true },
    ],
  ],
  [
    "a password",
    [
      { at: "security", fault: "reply cut" },
      { at: "security", fault: "502 of a proxy, not carried out", lasts: true },
      { at: "whoAmI", fault: "503 starting" },
      { at: "whoAmI", fault: "restart" },
    ],
  ],
];

export const faultyRuns: Claims = {
  ...Object.fromEntries(
    trials.map(([name, login, faults]) => [
      `a ${name} by ${login} recovers from: ${faults.map(spelt).join("; ")}`,
      (story: Story) => getsOver(story, operations[name], login, faults),
    ]),
  ),
  ...Object.fromEntries(
    refreshes.map(([login, faults]) => [
      `a refresh by ${login} keeps every token in the state in spite of: ${faults.map(spelt).join("; ")}`,
      (story: Story) => keeps(story, login, faults),
    ]),
  ),
};

async function getsOver(story: Story, operation: Operation, login: Login, faults: Planned[]): Promise<void> {
  const { declared, isLater, command } = operation;
  const names = Array.from({ length: faults.length + 1 }, (_, index) => `t${index}`); // The last one has no fault.
  const program = (turn: 1 | 2) =>
    names.map((name) => `export const ${name} = ${tokenOf(name, declared(name, turn))}.tokenValue;`).join("\n");
  const stack = await begin(story, program(1), login);
  if (isLater) await stack.up();
  if (command === "up") stack.write(program(isLater ? 2 : 1));

  const injection = new Injection(story.jenkins, "alice", faults);
  for (let run = 1; injection.left.length > 0; run++) {
    assert.ok(run <= 3, `never met: ${injection.left.map(spelt).join("; ")}`);
    injection.beginRun();
    const { output } = await stack.attempt(command);
    await injection.endRun();
    const failed = [...output.matchAll(/ApiToken (t\d+) \*\*.* failed/g)].map(([, name]) => name);
    assert.deepEqual(
      faults.filter(({ fault }, index) => healing.has(fault) && failed.includes(`t${index}`)),
      [],
      story.workshop.secrets.mask(output),
    );
    assert.deepEqual(unknown(story, stack), []);
    if (command === "up") assert.deepEqual(lost(story, stack), []);
    stack.ageRecords(SIX_MINUTES_MS); // For this machine's clock. The next line is for Jenkins'.
    story.clock.aheadMs += SIX_MINUTES_MS; // After five minutes, a pending request creates no token any more.
  }
  injection.heal();

  if (command === "up") {
    await stack.up();
    await areAllThere(story, stack, names.length);
  }
  await stack.destroy();
  assert.deepEqual(stack.resources(), []);
  assert.deepEqual(story.tokenNames(), []);
}

function tokenOf(name: string, inputs: object): string {
  return `new JenkinsApiToken("${name}", ${JSON.stringify(inputs)})`;
}

/** Asserts that there are `count` resources, that Jenkins has their tokens under these names, and that each value logs in. */
async function areAllThere(story: Story, stack: Stack, count: number): Promise<void> {
  const declaredNow = stack.resources().map(({ id, outputs }) => [id, outputs["tokenName"]]);
  assert.equal(declaredNow.length, count);
  assert.deepEqual(new Set(story.tokens().map((token) => [token.tokenUuid, token.tokenName])), new Set(declaredNow));
  for (const value of Object.values(await stack.outputs())) assert.equal(await story.statusFor(value), 200);
}

async function keeps(story: Story, login: Login, faults: Planned[]): Promise<void> {
  const stack = await begin(story, `for (const name of ["a", "b"]) new JenkinsApiToken(name);`, login);
  await stack.up();
  const before = ids(stack);
  for (const fault of faults) {
    const injection = new Injection(story.jenkins, "alice", [fault]);
    injection.beginRun();
    await stack.attempt("refresh");
    await injection.endRun();
    assert.deepEqual(injection.left, []);
    assert.deepEqual(ids(stack), before);
    injection.heal();
  }
  await stack.refresh("--expect-no-changes");
  await stack.up("--expect-no-changes");
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}

async function begin(story: Story, program: string, login: Login): Promise<Stack> {
  const stack = await story.stack(program, login === "a password" ? story.passwordLogin : story.tokenLogin);
  await stack.configure("jenkins:requestTimeoutSeconds", String(timeoutSeconds));
  return stack;
}

function ids(stack: Stack): (string | undefined)[] {
  return stack.resources().map(({ id }) => id);
}

/** The live tokens that are neither in the state nor in a pending record. */
function unknown(story: Story, stack: Stack): string[] {
  const uuids = ids(stack);
  const names = stack.resources().map(({ outputs }) => (outputs["pending"] as { name: string } | undefined)?.name);
  return story
    .tokens()
    .filter(({ tokenUuid, tokenName }) => !uuids.includes(tokenUuid) && !names.includes(tokenName))
    .map(({ tokenName }) => tokenName);
}

/** The resources whose token is not on the server, except pending ones and those to be deleted. */
function lost(story: Story, stack: Stack): string[] {
  const live = story.tokens().map(({ tokenUuid }) => tokenUuid);
  return stack
    .resources()
    .filter((recorded) => !recorded.delete && !recorded.outputs["pending"] && !live.includes(recorded.id ?? ""))
    .map(({ urn }) => urn);
}
