import { JenkinsApiToken } from "pulumi-jenkins";

// Signs in as the administrator JENKINS_USER_ID. By the script console he makes a token for somebody else.
const account = new JenkinsApiToken("account", { user: "deploy-bot", via: "scriptConsole" });

// Signs in as deploy-bot, with that token. What is made through it needs no administrator.
const connection = { url: account.jenkinsUrl, username: account.userId, apiToken: account.tokenValue };
const deployments = new JenkinsApiToken("deployments", { connection });

export const userId = deployments.userId;
export const tokenValue = deployments.tokenValue;
