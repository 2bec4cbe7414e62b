import * as jenkins from "pulumi-jenkins-native";

const unused = jenkins.getApiTokensOutput({ unusedForDays: 90, via: "scriptConsole" });

export const userId = unused.userId;
export const unusedTokens = unused.tokens;
