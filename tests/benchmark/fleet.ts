/** `pulumi-jenkins list` of many controllers, each with its own login, compared with a bare loop of the same requests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Server } from "./jenkins.ts";
import { type Line, ratio, shown } from "./lines.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND = join(ROOT, "dist/provider/command/main.js");
const LOOP = fileURLToPath(new URL("bare-fleet.ts", import.meta.url));

interface Ended {
  seconds: number;
  firstSeconds: number;
  megabytes: number;
}

export async function fleetLines({ controllers }: Server, repetitions: number): Promise<Line[]> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-bench-fleet-"));
  const file = join(folder, "controllers.jsonl");
  const environment: Record<string, string> = {};
  const entries = controllers.map(({ url, logins: [login] }, index) => {
    environment[`TOKEN_${index}`] = login?.apiToken ?? "";
    return JSON.stringify({ url, user: login?.username, apiToken: { variable: `TOKEN_${index}` } });
  });
  writeFileSync(file, entries.join("\n"));
  const measured: Record<"loop" | "table" | "html", Ended[]> = { loop: [], table: [], html: [] };
  const list = [COMMAND, "list", "--controllers", file];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    measured.loop.push(await run([LOOP, file], environment));
    measured.table.push(await run(list, environment));
    measured.html.push(await run([...list, "--html", join(folder, "tokens.html")], environment));
  }
  rmSync(folder, { recursive: true });
  return linesOf(`${controllers.length} controllers`, measured);
}

function linesOf(part: string, { loop, table, html }: Record<"loop" | "table" | "html", Ended[]>): Line[] {
  const seconds = (of: Ended[]) => of.map((one) => one.seconds);
  const undici = { what: "undici loop", values: seconds(loop) };
  return [
    ratio({ part, what: "`list`", unit: "s", bound: { atMost: 1.3 } }, seconds(table), undici),
    ratio({ part, what: "`list --html`", unit: "s" }, seconds(html), undici),
    shown(
      { part, what: "`list`: first row", unit: "s", bound: { atMost: 2 } },
      ...table.map((one) => one.firstSeconds),
    ),
    shown({ part, what: "undici loop: peak memory", unit: "MB" }, ...loop.map((one) => one.megabytes)),
    shown(
      { part, what: "`list`: peak memory", unit: "MB", bound: { atMost: 150 } },
      ...table.map((one) => one.megabytes),
    ),
  ];
}

/** A module that reports the peak memory of its process. */
const TELL = `data:text/javascript,process.once("exit", () => process.send(process.resourceUsage().maxRSS / 1024));`;

async function run(args: string[], environment: Record<string, string>): Promise<Ended> {
  const begun = performance.now();
  const child = spawn(process.execPath, ["--import", TELL, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  child.channel?.unref?.();
  let [first, megabytes] = [Number.NaN, Number.NaN];
  child.stdout?.once("data", () => {
    first = performance.now();
  });
  child.stdout?.resume();
  child.on("message", (told) => {
    megabytes = Number(told);
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return { seconds: (performance.now() - begun) / 1000, firstSeconds: (first - begun) / 1000, megabytes };
}
