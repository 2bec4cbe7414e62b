/** A user's tokens through the endpoints that Jenkins' own pages use. */
import { ForbiddenError, type JenkinsError, RejectedError, UnexpectedResponseError } from "../errors.ts";
import { redact } from "../redaction.ts";
import * as z from "../zod.ts";
import type { Client, Form } from "./client.ts";
import { isFromJenkins, isSameUser } from "./replies.ts";
import {
  expiresOn,
  type GeneratedToken,
  type ListedToken,
  type TokenRequest,
  type TokenStore,
  TRIED,
  tokenValue,
} from "./token.ts";
import type { TokenPage } from "./token-page.ts";

/** @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/ApiTokenProperty.java */
export const PROPERTY = "descriptorByName/jenkins.security.ApiTokenProperty";

/** The reply for a new token. The reply for a token with a fixed value has neither the value nor the last day. */
const made = (fixedValue: string | undefined) =>
  z.object({
    status: z.literal("ok"),
    data: z.object({
      tokenName: z.string(),
      tokenUuid: z.uuid(),
      tokenValue: fixedValue === undefined ? tokenValue : z.defaultTo(tokenValue, fixedValue),
      expirationDate: expiresOn,
    }),
  });
const ok = z.object({ status: z.literal("ok") });
const empty = z.undefined("expected an empty body");

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

  async generate({ tokenName, expiresInDays, fixedValue }: TokenRequest): Promise<GeneratedToken> {
    const client = this.#client;
    const tried = TRIED.generate(tokenName, this.#userId);
    const duration = expiresInDays !== undefined && { expirationDuration: String(expiresInDays) };
    const form = { newTokenName: tokenName, ...(fixedValue && { newTokenPlainValue: fixedValue }), ...duration };
    await client.whoAmI(); // Throws if a proxy has signed us in as another user.
    const whenForbidden =
      `Jenkins lets nobody create an API token for another user, not even administrators. Log in as that user instead of ${client.login.username}, ` +
      "start Jenkins with -Djenkins.security.ApiTokenProperty.adminCanGenerateNewTokens=true, " +
      'or log in as an administrator and declare `via: "scriptConsole"`.';
    const path = `${await client.pathTo(this.#userId)}/${PROPERTY}/${fixedValue ? "addFixedToken" : "generateNewToken"}`;
    const { data, reply } = await client
      .post(tried, path, form, made(fixedValue), { repeatable: false, whenForbidden })
      .catch((error) => believeOrNot(error, client, this.#userId));
    const { tokenUuid, tokenValue, expirationDate } = data.data;
    return { tokenUuid, tokenValue, expiresOn: expirationDate, isProven: isFromJenkins(reply) && !reply.isRepeated };
  }

  async rename(tokenUuid: string, newName: string): Promise<boolean> {
    const tried = TRIED.rename(tokenUuid, newName, this.#userId);
    const remedy = "Run `pulumi refresh`: a token that no longer exists then leaves the state.";
    const schema = renamedOn(this.#client);
    return await this.#change(tried, "rename", { tokenUuid, newName }, schema, remedy);
  }

  async revoke(tokenUuid: string): Promise<boolean> {
    return await this.#change(TRIED.revoke(tokenUuid, this.#userId), "revoke", { tokenUuid }, empty);
  }

  /** Sends a change, and returns whether the reply proves it. */
  async #change(tried: string, verb: string, form: Form, schema: z.Type, remedy?: string): Promise<boolean> {
    const client = this.#client;
    return await this.#byOwnPath(async () => {
      const path = `${await client.pathTo(this.#userId)}/${PROPERTY}/${verb}`;
      const { reply } = await client.post(tried, path, form, schema, { repeatable: true, ...(remedy && { remedy }) });
      return isFromJenkins(reply);
    });
  }

  /**
   * Runs `act`. A proxy may refuse all paths below `/user/` with a 404. Then `act` runs again with the path `/me`, which `pathTo` returns for the
   * signed-in user after `whoAmI`.
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

/** The reply for a rename. It is empty up to 2.504. */
function renamedOn(client: Client): z.Type<{ status: "ok" } | undefined> {
  const isAnswered = client.controller.version !== undefined && !client.controller.lacks("renameAnswer");
  return isAnswered ? ok : z.union([ok, empty]);
}

/**
 * Jenkins refuses to create a token for another user with an empty 403, but a proxy could answer the same. The user's page tells the two apart:
 * it offers a new token only to users who may create one.
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
  const byId = isFresh ? await client.pathTo(userId, true) : path;
  if (path === byId) return await pageBelow(path, client, userId, isFresh);
  return await pageBelow(byId, client, userId, isFresh).catch(async (error) => {
    if (!(error instanceof RejectedError) || error.isFromJenkins) throw error;
    return await pageBelow(path, client, userId, isFresh);
  });
}

/** The page below the path of an account: the settings up to 2.467, and a separate page afterwards. */
async function pageBelow(account: string, client: Client, userId: string, isFresh: boolean): Promise<TokenPage> {
  const tried = `Reading the API tokens of ${userId}`;
  const settings = `${account}/configure`;
  let path = client.controller.lacks("securityPage") ? settings : `${account}/security/`;
  const read = client.getPage(tried, path, isFresh).catch(async (error) => {
    if (path === settings || !(error instanceof RejectedError && error.status === 404)) throw error;
    path = settings; // The version of Jenkins may not be known yet.
    return await client.getPage(tried, settings, isFresh).catch(() => Promise.reject(error));
  });
  const loading = import("./page-parser.ts").then(({ pageParser }) => pageParser.load());
  const [reply, parse] = await Promise.all([read, loading]);
  const circumstances = { tried, method: "GET", url: client.url + path, status: 200 };
  const page = await parse(reply.page ?? Buffer.alloc(0)).catch((error) => {
    if (error.code !== "ERR_WORKER_OUT_OF_MEMORY") throw error;
    const words = "a page that takes more memory than Node.js may use";
    const remedy =
      "Does something else answer in the place of Jenkins? If not, set NODE_OPTIONS=--max-old-space-size=8192.";
    throw new UnexpectedResponseError({ ...circumstances, words, remedy });
  });
  const ageSeconds = Number(reply.headers["age"] ?? 0);
  if (isFresh && ageSeconds > 0) {
    const words = `a copy that a cache has kept for ${ageSeconds} seconds`;
    const remedy = "Configure the cache not to keep pages of Jenkins.";
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
