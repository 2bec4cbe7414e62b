import { administer, type Permission, UncaughtException } from "./failures.ts";
import { compilationErrors, jsonOutput, missingProperty, thrown } from "./groovy.ts";
import { compressible, type Reply } from "./reply.ts";
import { isScriptData, runTokenScript, type ScriptData, type ScriptedJenkins } from "./token-script.ts";

/** The only place for data in the provider's script. */
const literal = /'[^'\n]*'\.decodeBase64\(\)/g;

/**
 * A console without Groovy. It runs only one script, whose data may differ. Everything else in the script has to stay the same,
 * because data that became code would be another program.
 */
export class ScriptConsole {
  readonly ran: ScriptData[] = [];
  readonly #jenkins: ScriptedJenkins;
  #known: string | undefined;

  constructor(jenkins: ScriptedJenkins, script: string | undefined) {
    this.#jenkins = jenkins;
    this.#known = script === undefined ? undefined : withoutData(script);
  }

  /** The output of the script, including its failures. */
  async run(script: string): Promise<string> {
    if (script.trim() === "") return "";
    const data = dataOf(script);
    if (data === undefined) return missingProperty(script);
    this.#known ??= withoutData(script);
    if (withoutData(script) !== this.#known) return foreignLine(script, this.#known);

    this.ran.push(data);
    try {
      return `pulumi-jenkins:${jsonOutput(await runTokenScript(data, this.#jenkins))}\n`;
    } catch (failure) {
      if (failure instanceof UncaughtException) return thrown(failure.message);
      throw failure;
    }
  }
}

function withoutData(script: string): string {
  return script.replaceAll(literal, "''.decodeBase64()");
}

function dataOf(script: string): ScriptData | undefined {
  const [only = "", ...others] = script.match(literal) ?? [];
  const base64 = /^'([A-Za-z0-9+/]+={0,2})'/.exec(only)?.[1];
  if (base64 === undefined || others.length > 0) return undefined;
  try {
    const data: unknown = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
    return isScriptData(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** The compiler's error for the first line that differs from the known script. */
function foreignLine(script: string, known: string): string {
  const expected = known.split("\n");
  const differing = withoutData(script)
    .split("\n")
    .findIndex((line, index) => line !== expected[index]);
  const index = Math.max(differing, 0);
  return compilationErrors(script.split("\n")[index] ?? "", index + 1);
}

/** Always plain text, and without X-Jenkins, like a descriptor's reply. */
export function printed(body: string): Reply {
  return { status: 200, headers: { ...compressible, "Content-Type": "text/plain;charset=utf-8" }, body };
}

/** Before 2.222 this was a separate permission, which only administrators had, too. */
export function runScripts(version: string): Permission {
  const [, minor = ""] = version.split(".");
  if (Number(minor) >= 222) return administer;
  return { id: "hudson.model.Hudson.RunScripts", title: "Overall/RunScripts", impliedBy: [administer.id] };
}
