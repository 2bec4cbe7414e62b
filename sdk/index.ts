/** What a Pulumi program imports from `pulumi-jenkins`. */
export { JenkinsApiToken } from "./jenkins-api-token.ts";
export type { ConnectionArgs, JenkinsApiTokenArgs, JenkinsApiTokenLookup } from "./token.ts";
