import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { JenkinsApiToken } from "pulumi-jenkins";

const config = new pulumi.Config();
const repository = config.require("repository");
const token = new JenkinsApiToken("workflows", { triggers: { rotated: config.get("rotated") ?? "never" } });

const secret = new github.ActionsSecret("token", {
  repository,
  secretName: "JENKINS_API_TOKEN",
  value: token.tokenValue,
});
new github.ActionsVariable("user", { repository, variableName: "JENKINS_USER_ID", value: token.userId });
new github.ActionsVariable("url", { repository, variableName: "JENKINS_URL", value: token.jenkinsUrl });

export const secretName = secret.secretName;
export const tokenName = token.tokenName;
