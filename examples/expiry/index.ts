import { JenkinsApiToken } from "pulumi-jenkins";

// Pulumi runs every week, so at least one run falls into the last ten days.
const token = new JenkinsApiToken("nightly", { expiresInDays: 30, renewBeforeDays: 10 });

export const userId = token.userId;
export const tokenValue = token.tokenValue;
export const expiresOn = token.expiresOn;
