/** The Jenkins of the demo: the simulated Jenkins, or the Jenkins in the environment. */
import { randomBytes } from "node:crypto";
import { newestVersion } from "../../tests/jenkins/profiles.ts";
import { endpointOf } from "../../tests/jenkins/request.ts";
import { startJenkins } from "../../tests/jenkins/server.ts";
import { hide } from "./terminal.ts";

export interface Jenkins {
  description: string;
  url: string;
  /** The environment variables with the URL and the credentials. */
  login: Record<string, string | undefined>;
  /** The requests so far, in order, as "POST revoke 200". The demo cannot see the requests to a real Jenkins. */
  log?: () => string[];
  close(): Promise<void>;
}

export async function simulatedJenkins(): Promise<Jenkins> {
  const password = randomBytes(12).toString("base64url");
  hide(password);
  const jenkins = await startJenkins({ users: [{ id: "alice", password }] });
  return {
    description: `a simulated Jenkins ${newestVersion}`,
    url: jenkins.url,
    login: { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: password },
    log: () => jenkins.log.map(({ method, path, status }) => `${method} ${endpointOf(path)} ${status}`),
    close: () => jenkins.close(),
  };
}

export function realJenkins(): Jenkins {
  const { JENKINS_URL, JENKINS_USER_ID, JENKINS_API_TOKEN, JENKINS_PASSWORD } = process.env;
  if (!(JENKINS_URL && JENKINS_USER_ID && (JENKINS_API_TOKEN || JENKINS_PASSWORD))) {
    throw new Error("--real needs JENKINS_URL, JENKINS_USER_ID, and JENKINS_API_TOKEN or JENKINS_PASSWORD.");
  }
  for (const secret of [JENKINS_API_TOKEN, JENKINS_PASSWORD]) if (secret) hide(secret);
  const url = JENKINS_URL.replace(/\/+$/, "");
  return {
    description: url,
    url,
    login: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("JENKINS_"))),
    close: async () => undefined,
  };
}
