/** A user's tokens through the endpoints that Jenkins' own pages use. */
import { ForbiddenError, type JenkinsError, RejectedError, UnexpectedResponseError } from "../errors.ts";
import { lastDayIn } from "../expiry.ts";
import { redact } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Client } from "./client.ts";
import { isMarked } from "./evidence.ts";
import type { Reply } from "./http.ts";
import type { Answer } from "./sender.ts";
import type { IssuedToken, ListedToken, TokenRequest, TokenStore } from "./token.ts";
import type { TokenPage } from "./token-page.ts";
import { isSameUser, userPath } from "./users.ts";
import { SINCE } from "./versions.ts";

/** @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/ApiTokenProperty.java */
export const PROPERTY = "descriptorByName/jenkins.security.ApiTokenProperty";

/** What a new token's value looks like, and its last day, whichever way it was made. */
export const tokenValue = z.string().check(z.regex(/^11[0-9a-f]{32}$/, "is not 11 and 32 hexadecimal digits"));
export const expiresOn = z.pipe(z.optional(z.string()), z.transform(lastDayIn)); // Absent up to 2.547.

const generated = z.object({
  status: z.literal("ok"),
  data: z.object({
    tokenName: z.string(),
    tokenUuid: z.uuid(),
    tokenValue,
    expirationDate: expiresOn,
  }),
});
const ok = z.object({ status: z.literal("ok") });
const empty = z.undefined();

/** The tokens of the user whose id the server spells `userId`. */
export class RestTokens implements TokenStore {
  readonly #client: Client;
  readonly #userId: string;

  constructor(client: Client, userId: string) {
    this.#client = client;
    this.#userId = userId;
  }

  async list(isFresh?: boolean): Promise<ListedToken[]> {
    const { tokens } = await this.#byOwnPath(() => tokenPage(this.#client, this.#userId, isFresh));
    if (tokens) return tokens;
    const tried = `Reading the API tokens of ${this.#userId}`;
    const words = "the user's page shows only a legacy token";
    const remedy = "This Jenkins seems to be older than 2.129, the first that has more than one token per user.";
    throw new UnexpectedResponseError({ tried, url: this.#client.url, words, remedy });
  }

  async generate({ tokenName, expiresInDays }: TokenRequest): Promise<IssuedToken> {
    const client = this.#client;
    const tried = `Creating the API token "${tokenName}" for ${this.#userId}`;
    const duration = expiresInDays !== undefined && { expirationDuration: String(expiresInDays) };
    const form = { newTokenName: tokenName, ...duration };
    await client.whoAmI(); // A proxy may log us in as somebody else.
    const whenForbidden =
      `Jenkins lets nobody make an API token for another user, administrators included. Sign in as that user instead of ${client.login.username}, ` +
      "start Jenkins with -Djenkins.security.ApiTokenProperty.adminCanGenerateNewTokens=true, " +
      'or sign in as an administrator and declare `via: "scriptConsole"`.';
    const { data, reply } = await client
      .post(tried, await this.#path("generateNewToken"), form, generated, { repeatable: false, whenForbidden })
      .catch((error) => believeOrNot(error, client, this.#userId));
    return issuedAs(tokenName, data.data, reply, client);
  }

  async rename(tokenUuid: string, newName: string): Promise<boolean> {
    const tried = `Renaming API token ${tokenUuid} of ${this.#userId} to "${newName}"`;
    const remedy = "Run `pulumi refresh`, so that a token that is no longer there leaves the state.";
    const schema = renamedOn(this.#client);
    const { reply } = await this.#change(tried, "rename", { tokenUuid, newName }, schema, remedy);
    return isMarked(reply);
  }

  async revoke(tokenUuid: string): Promise<boolean> {
    const tried = `Revoking API token ${tokenUuid} of ${this.#userId}`;
    return isMarked((await this.#change(tried, "revoke", { tokenUuid }, empty)).reply);
  }

  async #change<T>(
    tried: string,
    verb: string,
    form: Record<string, string>,
    schema: z.Type<T>,
    remedy?: string,
  ): Promise<Answer<T>> {
    const manner = { repeatable: true, ...(remedy && { remedy }) };
    return await this.#byOwnPath(async () => this.#client.post(tried, await this.#path(verb), form, schema, manner));
  }

  async #path(verb: string): Promise<string> {
    return `${await this.#client.pathTo(this.#userId)}/${PROPERTY}/${verb}`;
  }

  /**
   * What `act` gives. A proxy may refuse all paths below `/user/` with a 404: one's own account is then below `/me`, which is known once
   * Jenkins has said who is signed in.
   */
  async #byOwnPath<T>(act: () => Promise<T>): Promise<T> {
    const client = this.#client;
    const path = await client.pathTo(this.#userId);
    return await act().catch(async (error: JenkinsError) => {
      if (error.status !== 404 || error.isFromJenkins) throw error;
      await client.whoAmI();
      if ((await client.pathTo(this.#userId)) === path) throw error;
      return await act();
    });
  }
}

/** The new token of this name, whichever way it was made. */
export function issuedAs(
  tokenName: string,
  {
    tokenUuid,
    tokenValue,
    expirationDate,
  }: { tokenUuid: string; tokenValue: string; expirationDate: string | undefined },
  reply: Reply,
  client: Client,
): IssuedToken {
  const isProven = isMarked(reply) && !reply.isRepeated;
  return { tokenUuid, tokenName, tokenValue, createdAt: client.controller.time(), expiresOn: expirationDate, isProven };
}

/** What a rename is answered with: nothing up to 2.504. */
function renamedOn(client: Client): z.Type<{ status: "ok" } | undefined> {
  const isAnswered = client.controller.version !== undefined && !client.controller.isOlderThan(SINCE.renameAnswer);
  return isAnswered ? ok : z.union([ok, empty]);
}

/**
 * Jenkins' refusal to make a token for another user is an empty 403, which anybody on the way could give as well. The user's page tells
 * them apart: it offers a new token only to those who may make one.
 */
async function believeOrNot(error: unknown, client: Client, userId: string): Promise<never> {
  if (!(error instanceof ForbiddenError && error.status === 403 && error.effect !== "none")) throw error;
  const page = await tokenPage(client, userId, true).catch(() => undefined);
  throw page && !page.mayGenerate ? Object.assign(error, { effect: "none" }) : error;
}

/**
 * The page that shows the tokens of `userId`. A fresh page is read at `/user/<id>`, because `/me` does not name the user. If a proxy refuses
 * that path, `/me` is read.
 */
export async function tokenPage(client: Client, userId: string, isFresh = false): Promise<TokenPage> {
  const path = await client.pathTo(userId);
  const byId = userPath(userId);
  if (!isFresh || path === byId || /[/\\]/.test(userId)) return await pageBelow(path, client, userId, isFresh);
  return await pageBelow(byId, client, userId, isFresh).catch(async (error) => {
    if (!(error instanceof RejectedError) || error.isFromJenkins) throw error;
    return await pageBelow(path, client, userId, isFresh);
  });
}

/** The page below the path of an account: the settings up to 2.467, a page of its own afterwards. */
async function pageBelow(account: string, client: Client, userId: string, isFresh: boolean): Promise<TokenPage> {
  const tried = `Reading the API tokens of ${userId}`;
  const settings = `${account}/configure`;
  let path = client.controller.isOlderThan(SINCE.securityPage) ? settings : `${account}/security/`;
  const read = client.getPage(tried, path, isFresh).catch(async (error) => {
    if (path === settings || !(error instanceof RejectedError && error.status === 404)) throw error;
    path = settings; // How old a Jenkins is may not be known yet.
    return await client.getPage(tried, settings, isFresh).catch(() => Promise.reject(error));
  });
  const [{ body, headers }, { parseTokenPage }] = await Promise.all([read, import("./token-page.ts")]);
  const page = parseTokenPage(body);
  const circumstances = { tried, method: "GET", url: client.url + path, status: 200 };
  const ageSeconds = Number(headers["age"] ?? 0);
  if (isFresh && ageSeconds > 0) {
    const words = `a copy that a cache has kept for ${ageSeconds} seconds`;
    const remedy = "Have the pages of Jenkins kept out of the cache.";
    throw new UnexpectedResponseError({ ...circumstances, words, remedy });
  }
  if (!page) {
    const words = "a page without the list of API tokens";
    const remedy = "Does a proxy or single sign-on answer in the place of Jenkins?";
    throw new UnexpectedResponseError({ ...circumstances, words, remedy });
  }
  if (page.account !== undefined && !isSameUser(page.account, decodeURIComponent(account))) {
    const words = `the page of another user (${redact(page.account)})`;
    throw new UnexpectedResponseError({ ...circumstances, words, remedy: "Does a cache before Jenkins mix up users?" });
  }
  return page;
}
