/** A user's tokens through the endpoints that Jenkins' own pages use. */
import { z } from "zod";
import { UnexpectedResponseError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { TokenStore } from "./token.ts";

/** @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/ApiTokenProperty.java */
const PROPERTY = "descriptorByName/jenkins.security.ApiTokenProperty";

const generated = z.object({
  status: z.literal("ok"),
  data: z.object({
    tokenName: z.string(),
    tokenUuid: z.uuid(),
    tokenValue: z.string().regex(/^11[0-9a-f]{32}$/, "is not 11 and 32 hexadecimal digits"),
  }),
});
const renamed = z.object({ status: z.literal("ok") }).or(z.undefined()); // Up to 2.504 the answer is empty.
const revoked = z.undefined();

/** The tokens of the user whose id the server spells `userId`. */
export function restTokens(session: Session, userId: string): TokenStore {
  const account = `/user/${encodeURIComponent(userId)}`;
  const property = `${account}/${PROPERTY}`;
  return {
    async list() {
      const tried = `Reading the API tokens of ${userId}`;
      const path = `${account}/security/`;
      const [html, { parseTokenPage }] = await Promise.all([session.getPage(tried, path), import("./page.ts")]);
      const tokens = parseTokenPage(html);
      if (tokens) return tokens;
      const words = "a page without the list of API tokens";
      const remedy = "This version reads the page of Jenkins 2.505 and later.";
      throw new UnexpectedResponseError({ tried, method: "GET", url: session.url + path, status: 200, words, remedy });
    },

    async generate(tokenName) {
      const path = (await session.whoAmI()) === userId ? `/me/${PROPERTY}` : property;
      const tried = `Creating the API token "${tokenName}" for ${userId}`;
      const manner = { repeatable: false };
      const { data } = await session.post(
        tried,
        `${path}/generateNewToken`,
        { newTokenName: tokenName },
        generated,
        manner,
      );
      return { ...data, tokenName, createdAt: session.serverTime() };
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
