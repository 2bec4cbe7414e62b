/** What the functions of both faces take and give that list a user's tokens. */
import type { TokenQuery, TokenReview } from "../provider/properties.ts";
import type { ArgsOf } from "./token.ts";

/** Whose tokens `getJenkinsApiTokens` is asked for, and which of them. All of it is optional. */
export interface GetJenkinsApiTokensArgs extends TokenQuery {}

/** The same with outputs and promises in it. */
export interface GetJenkinsApiTokensOutputArgs extends ArgsOf<TokenQuery> {}

/** What `getJenkinsApiTokens` finds. */
export interface GetJenkinsApiTokensResult extends TokenReview {}
