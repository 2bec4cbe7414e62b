import * as jenkins from "pulumi-jenkins-native";

const token = new jenkins.ApiToken("ci", { expiresInDays: 90, renewBeforeDays: 14 });

export const userId = token.userId;
export const tokenValue = token.tokenValue;
