import { JenkinsApiToken } from "pulumi-jenkins";

const token = new JenkinsApiToken("ci");

export const userId = token.userId;
export const tokenName = token.tokenName;
export const tokenValue = token.tokenValue;
