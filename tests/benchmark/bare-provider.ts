/**
 * The bare requests of a token's life, and a provider that only sends them, one after the other for each user. No provider in Pulumi's host
 * can be faster.
 */
import { Agent, type Dispatcher } from "undici";

export interface Account {
  url: string;
  username: string;
  apiToken: string;
}

export type Method = "generateNewToken" | "rename" | "revoke";

export async function post(
  by: Dispatcher,
  { url, username, apiToken }: Account,
  method: Method,
  form: Record<string, string>,
): Promise<string> {
  const { origin, pathname } = new URL(url);
  const headers = {
    authorization: `Basic ${Buffer.from(`${username}:${apiToken}`).toString("base64")}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  const path = `${pathname.replace(/\/$/, "")}/user/${username}/descriptorByName/jenkins.security.ApiTokenProperty/${method}`;
  const reply = await by.request({ origin, path, method: "POST", headers, body: new URLSearchParams(form).toString() });
  const text = await reply.body.text();
  if (reply.statusCode !== 200) throw new Error(`${method} was answered ${reply.statusCode}`);
  return text;
}

interface Inputs {
  connection: Account;
  autoName: string;
  tokenName: string;
}

const agent = new Agent({ connections: 8 });
const turns = new Map<string, Promise<unknown>>();

function inTurn(account: Account, ...request: [Method, Record<string, string>]): Promise<string> {
  const turn = (turns.get(account.username) ?? Promise.resolve()).then(() => post(agent, account, ...request));
  turns.set(account.username, turn);
  return turn;
}

export const configure = async () => undefined;

export const check = async (_olds: Inputs, news: Inputs) => ({ inputs: { ...news, tokenName: news.autoName } });

export async function create(inputs: Inputs) {
  const made = await inTurn(inputs.connection, "generateNewToken", { newTokenName: inputs.tokenName });
  const { data } = JSON.parse(made);
  return { id: data.tokenUuid, outs: { ...inputs, ...data } };
}

export async function update(tokenUuid: string, olds: Inputs, news: Inputs) {
  await inTurn(news.connection, "rename", { tokenUuid, newName: news.tokenName });
  return { outs: { ...olds, ...news } };
}

async function remove(tokenUuid: string, { connection }: Inputs): Promise<void> {
  await inTurn(connection, "revoke", { tokenUuid });
}

export { remove as delete };
