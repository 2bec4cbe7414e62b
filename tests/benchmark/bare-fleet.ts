/** Sends only the requests of `pulumi-jenkins list --controllers FILE`, 16 at a time, and parses each page. Run by fleet.ts. */
import { readFileSync } from "node:fs";
import { Agent } from "undici";
import { parseTokenPage } from "../../provider/jenkins/token-page.ts";

interface Entry {
  url: string;
  user: string;
  apiToken: { variable: string };
}

const agent = new Agent();
const [, , file = ""] = process.argv;
const queue = readFileSync(file, "utf8")
  .split("\n")
  .map((line): Entry => JSON.parse(line));
let tokens = 0;
await Promise.all(Array.from({ length: 16 }, take));
process.stdout.write(`${tokens}\n`);
await agent.close();

async function take(): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    await get(next, "/whoAmI/api/json");
    const page = await get(next, `/user/${next.user}/security/`);
    tokens += parseTokenPage(page)?.tokens?.length ?? 0;
  }
}

async function get({ url, user, apiToken }: Entry, path: string): Promise<Buffer> {
  const secret = process.env[apiToken.variable];
  const authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
  const { statusCode, body } = await agent.request({ origin: url, path, method: "GET", headers: { authorization } });
  if (statusCode !== 200) throw new Error(`${url}${path} answered ${statusCode}`);
  return Buffer.from(await body.arrayBuffer());
}
