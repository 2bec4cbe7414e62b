import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "../end-to-end/story.ts";
import { blocksOf, ROOT } from "./blocks.ts";

const PATH = "docs/scheduled-runs.md";
const DAY_MS = 86_400_000;
const INSTALL = "npm ci";

const blocks = blocksOf({ path: PATH, text: readFileSync(join(ROOT, PATH), "utf8") });
const textIn = (language: string): string => blocks.find((block) => block.language === language)?.text ?? "";

/** The commands of each workflow, and their environment variables. */
const WORKFLOWS: Record<string, { commands: string[]; variables: string[] }> = {
  "GitHub Actions": ofActions(parse(textIn("yaml")).jobs.rotate.steps),
  "A Jenkins job": {
    commands: [...textIn("groovy").matchAll(/\bsh '(.*)'/g)].map(([, command = ""]) => command),
    // Jenkins itself sets JENKINS_URL.
    variables: ["JENKINS_URL", ...[...textIn("groovy").matchAll(/[vV]ariable: '(\w+)'/g)].map(([, name = ""]) => name)],
  },
};

describe(PATH, function () {
  this.timeout("15m");
  let workshop: Workshop;

  before(async () => {
    workshop = await Workshop.open();
  });
  after(() => workshop.close());

  for (const [name, { commands, variables }] of Object.entries(WORKFLOWS)) {
    it(`shows commands that renew a token in its last ten days: ${name}`, async () => {
      const story = await Story.begin(workshop);
      const stack = await story.example("expiry");
      const login = Object.entries(story.tokenLogin).filter(([variable]) => variables.includes(variable));
      stack.environment = { ...workshop.environment(story.backend), ...Object.fromEntries(login) };
      assert.ok(variables.includes("PULUMI_ACCESS_TOKEN")); // The tests keep their state in files instead.
      const [install, ...others] = commands;
      assert.equal(install, INSTALL); // Not run, because the packages are already installed.
      const runDaysAgo = async (days: number) => {
        story.clock.aheadMs = -days * DAY_MS;
        for (const command of others) {
          const line = command.replace("example/prod", "dev");
          await promisify(execFile)("sh", ["-c", line], { cwd: stack.folder, env: stack.environment });
        }
        return story.tokens().map(({ tokenUuid }) => tokenUuid);
      };
      const first = await runDaysAgo(21);
      const renewed = await runDaysAgo(0);
      assert.equal(renewed.length, 1);
      assert.notDeepEqual(renewed, first);
      assert.deepEqual(await runDaysAgo(0), renewed);
      await story.end();
    });
  }
});

function ofActions(steps: { run?: string; env?: Record<string, string> }[]): (typeof WORKFLOWS)[string] {
  return {
    commands: steps.flatMap(({ run }) => run ?? []),
    variables: steps.flatMap(({ env = {} }) => Object.keys(env)),
  };
}
