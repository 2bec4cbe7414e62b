/** Runs the terminal sessions in the documents on the simulated Jenkins. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startJenkins } from "../../tests/jenkins/server.ts";

const DAY_MS = 86_400_000;
const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** `npm run demo`, with its colours. */
export async function demo(): Promise<string> {
  const env = { ...process.env, FORCE_COLOR: "1", NO_COLOR: undefined, NODE_V8_COVERAGE: "" };
  const { stdout } = await promisify(execFile)(process.execPath, [fileOf("scripts/demo.ts")], { env });
  return `$ npm run demo\n${stdout}`;
}

/** A token in the picture: its user, its name, the days since its creation and its last use, and its last day. */
const TOKENS: [userId: string, name: string, age: number, used?: number, expiresOn?: string][] = [
  ["alice", "shop/prod/deploy-3ce435e5", 41, 0, "2027-01-17"],
  ["alice", "laptop", 900, 700],
  ["deploy-bot", "shop/prod/nightly-0b1ff2c8", 12, 1, "2027-02-15"],
  ["deploy-bot", "old-pipeline", 1400],
  ["jane", "test", 420, 400, "2026-11-01"],
];

/** `pulumi-jenkins list` at a terminal of 80 columns. */
export async function list(): Promise<string> {
  const now = new Date("2026-11-29T09:00:00Z");
  const users = ["admin", ...new Set(TOKENS.map(([userId]) => userId))];
  const jenkins = await startJenkins({
    now: () => now,
    users: users.map((id) => ({ id, password: `${id}-password`, administrator: id === "admin" })),
  });
  try {
    for (const [index, [userId, name, age, used, expiresOn]] of TOKENS.entries()) {
      const { tokenUuid } = jenkins.generate(userId, name, expiresOn);
      const before = (days: number) => new Date(now.getTime() - days * DAY_MS);
      if (used !== undefined) jenkins.use(userId, tokenUuid, 7 * (index + 1), before(used));
      const token = jenkins.tokens(userId).find((one) => one.tokenUuid === tokenUuid);
      const shownUuid = `${index + 1}f8fad5b-d9cb-469f-a165-70867728950e`; // The same uuids in each recording.
      if (token) Object.assign(token, { createdAt: before(age), tokenUuid: shownUuid });
    }
    const asked = "list --all-users";
    return `$ npx pulumi-jenkins ${asked}\n${await atTerminal(asked, jenkins.url)}`.replaceAll(
      jenkins.url,
      "https://jenkins.example.com",
    );
  } finally {
    await jenkins.close();
  }
}

async function atTerminal(asked: string, url: string): Promise<string> {
  // Discards the progress, which appears only on a slow machine.
  const line = `stty cols 80; '${process.execPath}' '${fileOf("provider/command/main.ts")}' ${asked} 2>/dev/null`;
  const env = {
    PATH: process.env["PATH"],
    TERM: "xterm",
    ...{ JENKINS_URL: url, JENKINS_USER_ID: "admin", JENKINS_PASSWORD: "admin-password" },
  };
  const args = ["--quiet", "--return", "--command", line, "/dev/null"];
  const { stdout } = await promisify(execFile)("script", args, { env });
  return stdout;
}
