import { availableParallelism } from "node:os";
import { after, before, it } from "mocha";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "./story.ts";

/** Test titles, each with its test. */
export type Claims = Record<string, (story: Story) => Promise<void>>;

/**
 * Declares one test for each claim. The proofs run in parallel, one for each processor, because they mostly wait for other
 * processes. So the time shown for a test is only the rest of its duration.
 */
export function sideBySide(claims: Claims): { workshop: Workshop } {
  const shared = {} as { workshop: Workshop };
  const outcomes = new Map<string, Promise<void>>();
  let isOver = false;

  const outcomeOf = (claim: string): Promise<void> => {
    const outcome = outcomes.get(claim) ?? prove(shared.workshop, claims[claim]);
    outcomes.set(claim, outcome);
    return outcome;
  };
  const proveAll = async (): Promise<void> => {
    for (const claim of Object.keys(claims)) {
      if (!isOver && !outcomes.has(claim)) await outcomeOf(claim).catch(() => undefined); // The claim's own test fails.
    }
  };

  before(async function () {
    this.timeout("20m"); // Includes the build of the CLI if it cannot be downloaded.
    shared.workshop = await Workshop.open();
    for (let worker = 0; worker < availableParallelism(); worker++) void proveAll();
  });
  for (const claim of Object.keys(claims)) it(claim, () => outcomeOf(claim));
  after(async () => {
    isOver = true;
    await Promise.allSettled(outcomes.values());
    shared.workshop.close();
  });
  return shared;
}

async function prove(workshop: Workshop, proof: Claims[string] | undefined): Promise<void> {
  const story = await Story.begin(workshop);
  try {
    await proof?.(story);
  } finally {
    await story.end();
  }
}
