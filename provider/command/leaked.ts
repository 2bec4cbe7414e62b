/** Finds the tokens with a leaked value. The value comes from standard input. Only a login sends it, and no message or argument contains it. */
import { createHash } from "node:crypto";
import { ForbiddenError, RejectedError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { tokensOfHash } from "../jenkins/script-console.ts";
import { Tokens } from "../jenkins/tokens.ts";
import { keepSecret, LEGACY_VALUE, TOKEN_VALUE } from "../redaction.ts";
import { ownLogin, resolveConnection } from "../settings/connection.ts";
import { isMissing, withFacts } from "./accounts.ts";
import { type Asked, WrongUsage } from "./arguments.ts";
import type { ConfiguredController } from "./controllers.ts";
import type { KnownToken } from "./output.ts";
import { type Group, type Kept, type Plan, partedByState, risenBetween } from "./plan.ts";
import type { StackState } from "./state.ts";

const LONGEST_INPUT = 4_096;

/** @throws {WrongUsage} without the text that was read. */
export async function readLeaked(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new WrongUsage("A terminal would show the value: use a pipe or a file, as in --value - < FILE.");
  }
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > LONGEST_INPUT) break;
  }
  const value = text
    .replace(/^\uFEFF/, "")
    .trim()
    .toLowerCase();
  for (const secret of [text.trim(), value, secretOf(value)]) keepSecret(secret);
  if (TOKEN_VALUE.test(value) || LEGACY_VALUE.test(value)) return value;
  throw new WrongUsage(
    "Standard input has to contain one value of an API token and nothing else: 11 and 32 hexadecimal digits, or the 32 of a legacy token.",
  );
}

/** The part of a value whose hash Jenkins stores. */
function secretOf(value: string): string {
  return value.length === 34 ? value.slice(2) : value;
}

/**
 * Plans the revoke of a leaked value. Through the script console, it finds all tokens with this value, of all users. If the user who logs
 * in may not use the script console, it finds the token of `--user` by logging in with the value.
 */
export async function planForLeaked(
  controller: ConfiguredController,
  value: string,
  asked: Asked,
  states: StackState[],
): Promise<Plan> {
  const context = await controller.open();
  const { url, login, transport } = resolveConnection(undefined, context);
  const client = context.memory.clients.open(url, login, transport, context.limits);
  const hash = createHash("sha256").update(secretOf(value)).digest("hex");
  const found = await tokensOfHash(client, hash).catch((error: unknown) => {
    if (error instanceof ForbiddenError && error.status === 403) return undefined;
    throw error;
  });
  const place = { name: controller.name, url, userId: undefined };
  const now = client.controller.time();
  // The token that the command logs in with is kept, because the command needs it to the end.
  const isOwn = secretOf(login.secret.value) === secretOf(value);
  if (found) {
    const { doomed, kept } = parted(await withFacts(found, url, now, states), isOwn, asked);
    return { ...place, groups: groupsOf(doomed, client), kept, candidates: [], searchedAllUsers: true };
  }
  const [byValue] = ownLogin({ userId: asked.user ?? "", tokenValue: value }, {});
  if (asked.user === undefined || !byValue) throw userIsNeeded(url);
  const leaked = context.memory.clients.open(url, byValue, transport, context.limits);
  if (!(await leaked.signsIn())) {
    const userId = await client.ownerOf(asked.user).catch((error) => (isMissing(error) ? undefined : asked.user));
    return { ...place, userId, groups: [], kept: [], candidates: [], isRefused: true };
  }
  const { token, tokens, candidates } = await usedBy(leaked);
  const { doomed, kept } = parted(await withFacts(token ? [token] : [], url, now, states), isOwn, asked);
  const account = { userId: asked.user, tokens };
  const throwIfValid = async () => {
    if (await leaked.signsIn()) throw stillValid(account.userId, url);
  };
  const groups = doomed.length > 0 ? [{ account, doomed, stillDoomed: async () => doomed, throwIfValid }] : [];
  return { ...place, userId: asked.user, groups, kept, candidates };
}

/** The tokens of each user. */
function groupsOf(doomed: KnownToken[], client: Client): Group[] {
  const userIds = [...new Set(doomed.map(({ userId }) => userId))];
  return userIds.map((userId) => {
    const own = doomed.filter((token) => token.userId === userId);
    const account = { userId, tokens: new Tokens(client, userId, "scriptConsole") };
    return { account, doomed: own, stillDoomed: async () => own };
  });
}

function userIsNeeded(url: string): RejectedError {
  const tried = "Looking for the tokens of the leaked value";
  const words = "only administrators may use the script console, which finds the tokens of all users";
  return new RejectedError({ tried, url, words, remedy: "Log in as one, or name the user of the token with --user." });
}

function parted(found: KnownToken[], isOwn: boolean, asked: Asked): { doomed: KnownToken[]; kept: Kept[] } {
  if (isOwn) return { doomed: [], kept: found.map((token) => ({ token, because: "signsIn" })) };
  return partedByState(found, asked);
}

/** The token with whose value the client logs in: the only one whose use count rises in both comparisons. */
async function usedBy(client: Client) {
  const userId = await client.whoAmI(); // In the spelling of Jenkins, as in the state of a stack.
  const tokens = new Tokens(client, userId);
  const listed = async () => (await tokens.listNow()).map((token) => ({ userId, ...token }));
  const [first, second, third] = [await listed(), await listed(), await listed()];
  const twice = risenBetween(first, second).filter((one) =>
    risenBetween(second, third).some(({ tokenUuid }) => tokenUuid === one.tokenUuid),
  );
  const [token, ...more] = twice;
  if (token && more.length === 0) return { tokens, token, candidates: [] };
  return { tokens, token: undefined, candidates: token ? twice : third };
}

/** Another token of the user may have the same value, or another token was used at the same moments. */
function stillValid(user: string, url: string): RejectedError {
  const tried = `Revoking the tokens of ${user} with the leaked value`;
  const words = "the value still logs in: another token has it, too, or the revoked token had another value";
  return new RejectedError({ tried, url, words, remedy: "Run the same command again." });
}
