/** The exports of `pulumi-jenkins`. */
export { getJenkinsApiTokens, getJenkinsApiTokensOutput } from "./get-jenkins-api-tokens.ts";
export { JenkinsApiToken } from "./jenkins-api-token.ts";
export type {
  GetJenkinsApiTokensArgs,
  GetJenkinsApiTokensOutputArgs,
  GetJenkinsApiTokensResult,
} from "./review.ts";
export { RotatingJenkinsApiToken } from "./rotating-jenkins-api-token.ts";
export type {
  ConnectionArgs,
  JenkinsApiTokenArgs,
  JenkinsApiTokenLookup,
  RotatingJenkinsApiTokenArgs,
} from "./token.ts";
