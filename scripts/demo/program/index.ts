import { JenkinsApiToken } from "pulumi-jenkins";
import { Deployment } from "./deployment.ts";

const token = new JenkinsApiToken("ci");
new Deployment("shop", token.jenkinsUrl, token.authorization);
export const { userId, tokenUuid, tokenValue } = token;
