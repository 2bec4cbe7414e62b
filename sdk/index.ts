/** What a Pulumi program imports from `pulumi-jenkins`. */
export { JenkinsApiToken } from "./jenkins-api-token.ts";
export { RotatingJenkinsApiToken } from "./rotating-jenkins-api-token.ts";
export type {
  ConnectionArgs,
  JenkinsApiTokenArgs,
  JenkinsApiTokenLookup,
  RotatingJenkinsApiTokenArgs,
} from "./token.ts";
