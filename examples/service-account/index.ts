import { JenkinsApiToken } from "pulumi-jenkins";

// Logs in as the administrator JENKINS_USER_ID, who creates another user's token through the script console.
const account = new JenkinsApiToken("account", { user: "deploy-bot", via: "scriptConsole" });

// Logs in as deploy-bot, with that token. Tokens with this connection need no administrator.
const connection = { url: account.jenkinsUrl, username: account.userId, apiToken: account.tokenValue };
const deployments = new JenkinsApiToken("deployments", { connection });

export const userId = deployments.userId;
export const tokenValue = deployments.tokenValue;
