/** Measures the path of one `create`, from Pulumi's dynamic host to Jenkins and back. */
import { type Profiler, Session } from "node:inspector/promises";
import undici from "undici";
import { startJenkins } from "../../tests/jenkins/server.ts";
import type { Measure } from "./measure.ts";

const MOST_FILES = 12;
const MOST_FUNCTIONS = 45;
const MOST_FRAMES = 5;
const PROVIDER = new URL("../../provider/", import.meta.url).href;

type Host = typeof import("../../provider/index.ts");
type Connection = Record<"url" | "username" | "apiToken", string>;

interface Called {
  file: string;
  /** Empty for a function without a name, such as the callback of a `then`. */
  name: string;
}

export async function create(): Promise<Measure[]> {
  const host = await import("../../provider/index.ts");
  const jenkins = await startJenkins();
  const { tokenValue: apiToken } = jenkins.generate("alice", "login");
  const connection = { url: jenkins.url, username: "alice", apiToken };
  try {
    // The first call also loads the modules and begins the session. The second call costs as much as every further token.
    const stack = await withStack(() => createOn(connection, host, "first"));
    const called = await withCoverage(() => createOn(connection, host, "second"));
    return [...passed(called), frames(stack)];
  } finally {
    await jenkins.close();
  }
}

async function createOn(connection: Connection, { create }: Host, autoName: string): Promise<void> {
  await create({ connection, autoName, __provider: "loads the package" });
}

/** The functions of provider/ that `act` calls, counted by V8. */
async function withCoverage(act: () => Promise<void>): Promise<Called[]> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  await session.post("Profiler.takePreciseCoverage"); // Resets the counts.
  await act();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  return result.filter(({ url }) => url.startsWith(PROVIDER)).flatMap(calledIn);
}

function calledIn({ url, functions }: Profiler.ScriptCoverage): Called[] {
  const file = url.slice(PROVIDER.length);
  const called = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
  return called.map(({ functionName }) => ({ file, name: functionName }));
}

function passed(called: Called[]): Measure[] {
  const files = [...new Set(called.map(({ file }) => file))];
  const named = called.filter(({ name }) => name !== "" && !name.startsWith("<")); // Without class initializers.
  const note = `${called.length} with anonymous functions, such as callbacks`;
  const namesIn = (file: string) => named.filter((one) => one.file === file).map(({ name }) => name);
  return [
    { name: "files of provider/ in the path of a create", value: files.length, most: MOST_FILES, details: files },
    {
      name: "named functions and methods of provider/ in the path of a create",
      value: named.length,
      most: MOST_FUNCTIONS,
      details: files.map((file) => `${file}: ${namesIn(file).join(", ")}`),
      note,
    },
  ];
}

/** The stack, with asynchronous callers, of the call that passes the generate request to undici. */
async function withStack(act: () => Promise<void>): Promise<string> {
  const { prototype } = undici.Agent;
  const { dispatch } = prototype;
  const limit = Error.stackTraceLimit;
  let stack = "";
  prototype.dispatch = function (options, handler) {
    if (options.path.endsWith("/generateNewToken")) stack = new Error("dispatch").stack ?? "";
    return dispatch.call(this, options, handler);
  };
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  try {
    await act();
  } finally {
    prototype.dispatch = dispatch;
    Error.stackTraceLimit = limit;
  }
  return stack;
}

/** The functions of provider/ from `generate` of the REST tokens to the call of undici, both included. */
function frames(stack: string): Measure {
  const lines = stack.split("\n").filter((line) => line.includes(PROVIDER));
  const top = lines.findIndex((line) => /\/rest\.ts:/.test(line) && /generate/.test(line));
  const details = lines.slice(0, top + 1).map((line) => line.trim().replace(PROVIDER, "provider/"));
  if (details.length === 0) throw new Error(`No call of \`generate\` in provider/**/rest.ts led to undici:\n${stack}`);
  return { name: "stack frames from `generate` to undici", value: details.length, most: MOST_FRAMES, details };
}
