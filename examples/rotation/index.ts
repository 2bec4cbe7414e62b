import { RotatingJenkinsApiToken } from "pulumi-jenkins";

// Each token is used for two periods, and ends by itself soon after, should nobody run Pulumi any more.
const token = new RotatingJenkinsApiToken("nightly", { rotateEveryDays: 30, expiresInDays: 75 });

export const userId = token.userId;
export const tokenValue = token.current.tokenValue;
export const madeAt = token.current.createdAt;
