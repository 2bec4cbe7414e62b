/** The arguments and the result of `getJenkinsApiTokens`, in the dynamic and in the native SDK. */
import type { TokenQuery, TokenReview } from "../provider/properties.ts";
import type { ArgsOf } from "./token.ts";

/** The arguments of `getJenkinsApiTokens`: the owner of the tokens, and a filter. All are optional. */
export interface GetJenkinsApiTokensArgs extends TokenQuery {}

/** The same arguments, which may be outputs or promises. */
export interface GetJenkinsApiTokensOutputArgs extends ArgsOf<TokenQuery> {}

/** The result of `getJenkinsApiTokens`. */
export interface GetJenkinsApiTokensResult extends TokenReview {}
