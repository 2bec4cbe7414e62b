/** A user's tokens through Jenkins' script console, with which administrators manage the tokens of all users. */
import { RejectedError, UnexpectedResponseError } from "../errors.ts";
import { redact } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Answer, Client } from "./client.ts";
import { isFromJenkins } from "./replies.ts";
import { expiresOn, type ListedToken, type TokenStore, TRIED, tokenValue } from "./token.ts";

/** The input of the script. It is sent as data: nothing that a user has written ever becomes Groovy code. */
interface Question {
  verb: "list" | "generate" | "rename" | "revoke" | "users" | "find";
  /** For all verbs except the last two. */
  userId?: string;
  /** For `find`: the SHA-256 hash of a token's value, as Jenkins stores it, in hexadecimal digits. */
  hash?: string;
  tokenName?: string;
  tokenUuid?: string;
  newName?: string;
  expiresInDays?: number | undefined;
  fixedValue?: string | undefined;
}

const MARK = "pulumi-jenkins:";

/** Before Jenkins supported expiry, `addFixedNewToken` took only the name and the value. */
const ADD_FIXED = `
def addFixed = { store, asked, until ->
  def takesEnd = store.metaClass.respondsTo(store, 'addFixedNewToken', String, String, java.time.LocalDate)
  def uuid = takesEnd ? store.addFixedNewToken(asked.tokenName, asked.fixedValue, until) : store.addFixedNewToken(asked.tokenName, asked.fixedValue)
  [tokenUuid: uuid, plainValue: asked.fixedValue]
}`;

/**
 * The same text for every question, in Groovy that Jenkins understands from 2.129 on.
 *
 * @see https://www.jenkins.io/doc/book/managing/script-console/
 */
const SCRIPT = `${ADD_FIXED}
def asked = new groovy.json.JsonSlurper().parseText(new String('QUESTION'.decodeBase64(), 'UTF-8'))
def user = asked.userId == null ? null : hudson.model.User.getById(asked.userId, false)
def property = user?.getProperty(jenkins.security.ApiTokenProperty)
def iso = { date -> date == null ? null : date.toInstant().toString() }
def expiry = { token ->
  token?.metaClass?.respondsTo(token, 'getExpirationDate') ? [expirationDate: String.valueOf(token.expirationDate ?: 'never')] : [:]
}
def countsUses = jenkins.model.GlobalConfiguration.all().get(jenkins.security.apitoken.ApiTokenPropertyConfiguration)?.usageStatisticsEnabled
def described = { holder, token ->
  def use = holder.tokenStats.findTokenStatsById(token.uuid)
  [tokenUuid: token.uuid, tokenName: token.name, isLegacy: token.isLegacy(), createdAt: iso(token.creationDate),
   useCount: use?.useCounter ?: 0, lastUsedAt: iso(use?.lastUseDate),
   isExpired: token.metaClass.respondsTo(token, 'isExpired') ? token.isExpired() : false] + expiry(token)
}
def answer = [status: 'ok', userId: user?.id]
if (asked.verb == 'users') {
  answer.userIds = hudson.model.User.getAll()*.id
} else if (asked.verb == 'find') {
  answer.countsUses = countsUses
  answer.tokens = []
  hudson.model.User.getAll().each { account ->
    def holder = account.getProperty(jenkins.security.ApiTokenProperty)
    holder?.tokenStore?.tokenListSortedByName?.each { token ->
      if (token.match(asked.hash.decodeHex())) answer.tokens << (described(holder, token) + [userId: account.id])
    }
  }
} else if (property == null) {
  answer = [status: 'error', reason: 'noSuchUser']
} else if (asked.verb == 'list') {
  answer.countsUses = countsUses
  answer.tokens = property.tokenStore.tokenListSortedByName.collect { token -> described(property, token) }
} else if (asked.verb == 'generate') {
  def until = asked.expiresInDays == null ? null : java.time.LocalDate.now().plusDays(asked.expiresInDays)
  def canExpire = property.metaClass.respondsTo(property, 'generateNewToken', String, java.time.LocalDate)
  def made = asked.fixedValue ? addFixed(property.tokenStore, asked, until) : until && canExpire ? property.generateNewToken(asked.tokenName, until) : property.tokenStore.generateNewToken(asked.tokenName)
  user.save()
  def token = property.tokenStore.tokenListSortedByName.find { it.uuid == made.tokenUuid }
  answer.data = [tokenName: asked.tokenName, tokenUuid: made.tokenUuid, tokenValue: made.plainValue] + expiry(token)
} else if (asked.verb == 'rename') {
  if (property.tokenStore.renameToken(asked.tokenUuid, asked.newName)) user.save()
  else answer = [status: 'error', reason: 'noSuchToken']
} else if (asked.verb == 'revoke') {
  property.tokenStore.revokeToken(asked.tokenUuid)
  property.tokenStats.removeId(asked.tokenUuid)
  user.save()
} else {
  answer = [status: 'error', reason: 'unknownVerb']
}
println('${MARK}' + groovy.json.JsonOutput.toJson(answer))
`;
const script = (question: Question) => SCRIPT.replace("QUESTION", base64(question));

const time = z.pipe(
  z.nullable(z.iso.datetime()),
  z.transform((text) => text ?? undefined),
);

const token = {
  tokenUuid: z.string(),
  tokenName: z.string(),
  isLegacy: z.boolean(),
  isExpired: z.boolean(),
  createdAt: time,
  useCount: z.number(),
  lastUsedAt: time,
  expirationDate: expiresOn,
};
const answers = {
  list: z.object({ countsUses: z.nullable(z.boolean()), tokens: z.array(z.object(token)) }),
  find: z.object({
    countsUses: z.nullable(z.boolean()),
    tokens: z.array(z.object({ ...token, userId: z.string() })),
  }),
  generate: z.object({
    data: z.object({
      tokenUuid: z.uuid(),
      tokenValue,
      expirationDate: expiresOn,
    }),
  }),
  done: z.object({}),
  users: z.object({ userIds: z.array(z.string()) }),
};
const refusal = z.object({ status: z.literal("error"), reason: z.enum(["noSuchUser", "noSuchToken", "unknownVerb"]) });

const REFUSALS: Record<z.infer<typeof refusal>["reason"], [words: string, remedy: string]> = {
  noSuchUser: ["there is no such user", "Name users by their id."],
  noSuchToken: ["there is no such token", "Run `pulumi refresh`, so that it leaves the state."],
  unknownVerb: ["the script does not know this verb", "This is a bug in pulumi-jenkins: please report it."],
};

/** The tokens of the user whose id the server spells `userId`, for a client that may run scripts. */
export function consoleTokens(client: Client, userId: string): TokenStore {
  const ask = <T>(tried: string, question: Question, schema: z.Type<T>) =>
    answerTo(client, tried, { ...question, userId }, schema);

  return {
    async list() {
      const tried = `Listing the API tokens of ${userId}`;
      return listed((await ask(tried, { verb: "list" }, answers.list)).data);
    },

    async generate({ tokenName, expiresInDays, fixedValue }) {
      const tried = TRIED.generate(tokenName, userId);
      const { data, reply } = await ask(
        tried,
        { verb: "generate", tokenName, expiresInDays, fixedValue },
        answers.generate,
      );
      const { tokenUuid, tokenValue, expirationDate } = data.data;
      return { tokenUuid, tokenValue, expiresOn: expirationDate, isProven: isFromJenkins(reply) && !reply.isRepeated };
    },

    async rename(tokenUuid, newName) {
      const tried = TRIED.rename(tokenUuid, newName, userId);
      await ask(tried, { verb: "rename", tokenUuid, newName }, answers.done);
      return true; // Only the script can have written this answer.
    },

    async revoke(tokenUuid) {
      await ask(TRIED.revoke(tokenUuid, userId), { verb: "revoke", tokenUuid }, answers.done);
      return true;
    },
  };
}

/** The tokens of all users whose value has this hash, for a client that may run scripts. Jenkins is not told the value. */
export async function tokensOfHash(client: Client, hash: string): Promise<(ListedToken & { userId: string })[]> {
  const tried = "Looking for the tokens of the leaked value";
  return listed((await answerTo(client, tried, { verb: "find", hash }, answers.find)).data);
}

type Answered = Omit<ListedToken, "expiresOn" | "useCount"> & { useCount: number; expirationDate?: string | undefined };

function listed<T extends Answered>({ tokens, countsUses }: { tokens: T[]; countsUses: boolean | null }) {
  return tokens.map(({ expirationDate, useCount, ...token }) => ({
    ...token,
    useCount: countsUses ? useCount : undefined, // Without usage statistics all counts are 0.
    expiresOn: expirationDate,
  }));
}

/** The ids of all users with an account in Jenkins, for a client that may run scripts. */
export async function allUserIds(client: Client): Promise<string[]> {
  return (await answerTo(client, "Listing the users", { verb: "users" }, answers.users)).data.userIds;
}

async function answerTo<T>(client: Client, tried: string, question: Question, schema: z.Type<T>): Promise<Answer<T>> {
  const whoMay = "only administrators may use the script console. Log in as one, or leave out `via`";
  const manner = { repeatable: question.verb !== "generate", whoMay };
  const form = { script: script(question) };
  let reply = await client.postForText(tried, "/scriptText", form, manner);
  if (hasFailed(reply.body) && manner.repeatable) reply = await client.postForText(tried, "/scriptText", form, manner);
  const { body } = reply;
  const circumstances = { tried, method: "POST", url: `${client.url}/scriptText`, status: 200 };
  const line = body.split(/\r?\n/).find((text) => text.startsWith(MARK));
  const answer = line && parsed(line.slice(MARK.length));
  const refused = refusal.safeParse(answer);
  if (refused.success) {
    const [words, remedy] = REFUSALS[refused.data.reason];
    throw new RejectedError({ ...circumstances, words, remedy });
  }
  const found = schema.safeParse(answer);
  if (found.success) return { data: found.data, reply };
  const words = line
    ? "JSON that is not the expected answer"
    : `the script failed: ${redact(body, reply.setCookies).trim().split("\n")[0]}`;
  const remedy = "Jenkins' own log may say more.";
  const effect = hasFailed(body) ? "ended" : "possible";
  throw new UnexpectedResponseError({ ...circumstances, words, remedy, effect });
}

function base64(question: Question): string {
  return Buffer.from(JSON.stringify(question)).toString("base64");
}

/** Whether the script threw an exception, which other endpoints answer with a 500. One of two concurrent changes of a user may fail like this. */
function hasFailed(body: string): boolean {
  return /^\tat hudson\.util\.RemotingDiagnostics/m.test(body);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The output is incomplete.
  }
}
