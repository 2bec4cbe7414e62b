import { RotatingJenkinsApiToken } from "pulumi-jenkins";

// Each token is used for two periods. It expires soon after, even if nobody runs Pulumi any more.
const token = new RotatingJenkinsApiToken("nightly", { rotateEveryDays: 30, expiresInDays: 75 });

export const userId = token.userId;
export const tokenValue = token.current.tokenValue;
export const madeAt = token.current.createdAt;
