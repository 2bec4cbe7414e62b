import { JenkinsApiToken } from "pulumi-jenkins";

// Logs in as JENKINS_USER_ID with JENKINS_PASSWORD, or with jenkins:username and jenkins:password of the stack config.
const first = new JenkinsApiToken("first");

// The URL and the credentials come from the first token, so the others wait for it and are revoked before it.
const connection = { url: first.jenkinsUrl, username: first.userId, apiToken: first.tokenValue };

const backup = new JenkinsApiToken("backup", { connection });
const monitoring = new JenkinsApiToken("monitoring", { connection });

export const backupToken = backup.tokenValue;
export const monitoringToken = monitoring.tokenValue;
