import * as pulumi from "@pulumi/pulumi";
import { JenkinsApiToken } from "pulumi-jenkins";

const config = new pulumi.Config();
const username = config.require("username");
const controllers = config.requireObject<Record<string, string>>("controllers");
const apiTokens = config.requireSecretObject<Record<string, string>>("apiTokens");

const tokens = Object.entries(controllers).map(([name, url]) => {
  const connection = { url, username, apiToken: apiTokens[name] };
  return [url, new JenkinsApiToken(name, { connection }).tokenValue] as const;
});

export const tokenValues = pulumi.all(Object.fromEntries(tokens));
