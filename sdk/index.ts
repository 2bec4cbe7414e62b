/** What a Pulumi program imports from `pulumi-jenkins`. */
export {
  type ConnectionArgs,
  JenkinsApiToken,
  type JenkinsApiTokenArgs,
  type JenkinsApiTokenLookup,
} from "./jenkins-api-token.ts";
