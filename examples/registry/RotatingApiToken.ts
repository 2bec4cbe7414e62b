import * as jenkins from "pulumi-jenkins-native";

const token = new jenkins.RotatingApiToken("nightly", { rotateEveryDays: 30, expiresInDays: 75 });

export const userId = token.userId;
export const tokenValue = token.current.tokenValue;
