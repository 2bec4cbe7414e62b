/** Reports what prevents the creation of tokens, on one or many controllers. */
import type { Context } from "../resources/context.ts";
import { type Asked, isFleet } from "./arguments.ts";
import { type ConfiguredController, controllersFor } from "./controllers.ts";
import { examine, type Finding } from "./examination.ts";
import { overAll, tellFailures } from "./fleet.ts";
import { VERSION } from "./formats/json.ts";
import { counted, type Painted, say, sayHanging, sayJson } from "./output.ts";
import { progress } from "./progress.ts";

interface Examined {
  name: string;
  findings: Finding[];
}

export async function doctor(asked: Asked, context: Context): Promise<number> {
  const controllers = await controllersFor(asked, context);
  if (isFleet(asked)) return await examineAll(controllers, asked);
  const [only] = controllers;
  const findings: Finding[] = [];
  const waitFor = (what: string) => progress.show(`Waiting for ${what}`);
  for await (const finding of only ? examine(only, asked.user, waitFor) : []) {
    findings.push(finding);
    if (asked.format === "table") sayFinding(finding);
  }
  progress.end();
  if (asked.format === "json") sayJson({ findings });
  else sayVerdict(findings, asked);
  return findings.some(({ result }) => result === "FAIL") ? 1 : 0;
}

const NEXT = "Next: declare a JenkinsApiToken in a Pulumi program, and run pulumi up with the same login.";
const NEXT_AFTER_FAILURE = "Next: do what each line with ✘ says, and run pulumi-jenkins doctor again.";

/** Whether tokens can be created, and what to do next. */
function sayVerdict(findings: Finding[], { user }: Asked): void {
  const namesOf = (wanted: Finding["result"]) =>
    findings.filter(({ result }) => result === wanted).map(({ about }) => about);
  const [failed, notes] = [namesOf("FAIL"), namesOf("note")];
  const whose = user === undefined ? "" : ` of ${user}`;
  say("");
  if (failed.length === 0) {
    say({ text: `Ready: tokens${whose} can be created.`, as: "good" });
    if (notes.length > 0) say(`Read ${counted(notes.length, "note")} first: ${notes.join(", ")}.`);
    say(NEXT);
    return;
  }
  // The last check never fails. If the last finding is a failure, the checks after it were not made.
  const isCutShort = findings.at(-1)?.result === "FAIL";
  const rest = isCutShort ? " Later checks were not made." : "";
  say({ text: `Not ready: ${counted(failed.length, "check")} failed (${failed.join(", ")}).`, as: "bad" }, rest);
  say(NEXT_AFTER_FAILURE);
}

async function examineAll(controllers: ConfiguredController[], asked: Asked): Promise<number> {
  const { results, failures } = await overAll(controllers, isFleet(asked), async (controller) => {
    const findings: Finding[] = [];
    for await (const finding of examine(controller, asked.user, () => {})) findings.push(finding);
    return { name: controller.name, findings };
  });
  if (asked.format === "json") {
    const examined = results.map(({ name, findings }) => ({ jenkinsUrl: name, findings }));
    const failed = failures.map(({ name, message }) => ({ jenkinsUrl: name, error: message }));
    sayJson({ version: VERSION, controllers: [...examined, ...failed] });
  } else sayExamined(results);
  tellFailures(failures, controllers.length);
  return failures.length > 0 || results.some(hasFailed) ? 1 : 0;
}

const hasFailed = ({ findings }: Examined): boolean => findings.some(({ result }) => result === "FAIL");

/** One line for each controller, with its notes and failures below. Failed controllers come last. */
function sayExamined(all: Examined[]): void {
  const failed = all.filter(hasFailed);
  for (const one of [...all.filter((one) => !hasFailed(one)), ...failed]) {
    say(MARKS[hasFailed(one) ? "FAIL" : "ok"], ` ${one.name}`);
    for (const finding of one.findings.filter(({ result }) => result !== "ok")) sayFinding(finding, "  ");
  }
  say({
    text: `Controllers that are ready: ${all.length - failed.length} of ${all.length}`,
    as: failed.length > 0 ? "bad" : "good",
  });
  say(failed.length > 0 ? NEXT_AFTER_FAILURE : NEXT);
}

const MARKS: Record<Finding["result"], Painted> = {
  ok: { text: "✔", as: "good" },
  note: { text: "!", as: "warning" },
  FAIL: { text: "✘", as: "bad" },
};

function sayFinding({ about, result, says }: Finding, indent = ""): void {
  sayHanging([indent, MARKS[result], ` ${about.padEnd(11)} `], says);
}
