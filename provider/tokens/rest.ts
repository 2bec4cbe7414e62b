/** A user's tokens through the endpoints that Jenkins' own pages use. */
import { RejectedError, UnexpectedResponseError } from "../errors.ts";
import type { Session } from "../session.ts";
import * as z from "../zod.ts";
import type { TokenPage } from "./page.ts";
import type { TokenStore } from "./token.ts";

/** @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/ApiTokenProperty.java */
const PROPERTY = "descriptorByName/jenkins.security.ApiTokenProperty";

/** What a new token's value looks like, and its last day, whichever way it was made. */
export const tokenValue = z.string().check(z.regex(/^11[0-9a-f]{32}$/, "is not 11 and 32 hexadecimal digits"));
export const expiresOn = z.pipe(
  z.optional(z.union([z.literal("never"), z.iso.date()])), // Absent up to 2.547.
  z.transform((date) => (date === "never" ? undefined : date)),
);

const generated = z.object({
  status: z.literal("ok"),
  data: z.object({
    tokenName: z.string(),
    tokenUuid: z.uuid(),
    tokenValue,
    expirationDate: expiresOn,
  }),
});
const renamed = z.union([z.object({ status: z.literal("ok") }), z.undefined()]); // Up to 2.504 the answer is empty.
const revoked = z.undefined();

/** The tokens of the user whose id the server spells `userId`. */
export function restTokens(session: Session, userId: string): TokenStore {
  const property = propertyOf(userId);
  return {
    async list() {
      const { tokens } = await tokenPage(session, userId);
      if (tokens) return tokens;
      const tried = `Reading the API tokens of ${userId}`;
      const words = "his page shows a legacy token alone";
      const remedy = "This Jenkins seems to be older than 2.129, the first that has more than one token per user.";
      throw new UnexpectedResponseError({ tried, url: session.url, words, remedy });
    },

    async generate({ tokenName, expiresInDays }) {
      const path = (await session.whoAmI()) === userId ? `/me/${PROPERTY}` : property;
      const tried = `Creating the API token "${tokenName}" for ${userId}`;
      const form = {
        newTokenName: tokenName,
        ...(expiresInDays !== undefined && { expirationDuration: String(expiresInDays) }),
      };
      const manner = { repeatable: false };
      const { data } = await session.post(tried, `${path}/generateNewToken`, form, generated, manner);
      const { expirationDate, ...made } = data;
      return { ...made, tokenName, createdAt: session.serverTime(), expiresOn: expirationDate };
    },

    async rename(tokenUuid, newName) {
      const tried = `Renaming API token ${tokenUuid} of ${userId} to "${newName}"`;
      const remedy = "Run `pulumi refresh`, so that a token that is no longer there leaves the state.";
      await session.post(tried, `${property}/rename`, { tokenUuid, newName }, renamed, { repeatable: true, remedy });
    },

    async revoke(tokenUuid) {
      const tried = `Revoking API token ${tokenUuid} of ${userId}`;
      await session.post(tried, `${property}/revoke`, { tokenUuid }, revoked, { repeatable: true });
    },
  };
}

/** Where the verbs of the API tokens of `userId` are. */
export function propertyOf(userId: string): string {
  return `/user/${encodeURIComponent(userId)}/${PROPERTY}`;
}

/** The page that shows the tokens of `userId`: his settings up to 2.467, a page of its own afterwards. */
export async function tokenPage(session: Session, userId: string): Promise<TokenPage> {
  const tried = `Reading the API tokens of ${userId}`;
  const account = `/user/${encodeURIComponent(userId)}`;
  const settings = `${account}/configure`;
  let path = session.isOlderThan("2.468") ? settings : `${account}/security/`;
  const read = session.getPage(tried, path).catch(async (error) => {
    if (path === settings || !(error instanceof RejectedError && error.status === 404)) throw error;
    path = settings; // How old a Jenkins is may not be known yet.
    return await session.getPage(tried, settings).catch(() => Promise.reject(error));
  });
  const [html, { parseTokenPage }] = await Promise.all([read, import("./page.ts")]);
  const page = parseTokenPage(html);
  if (page) return page;
  const words = "a page without the list of API tokens";
  const remedy = "Does a proxy or single sign-on answer in the place of Jenkins?";
  throw new UnexpectedResponseError({ tried, method: "GET", url: session.url + path, status: 200, words, remedy });
}
