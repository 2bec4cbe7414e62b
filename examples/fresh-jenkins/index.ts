import * as pulumi from "@pulumi/pulumi";
import { JenkinsApiToken } from "pulumi-jenkins";

/** Runs `docker` and returns its output. Secrets are passed in its environment, because everybody on the machine sees its arguments. */
async function docker(args: string[], secrets: Record<string, string> = {}): Promise<string> {
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");
  const { stdout } = await promisify(execFile)("docker", args, { env: { ...process.env, ...secrets } });
  return stdout.trim();
}

const containers: pulumi.dynamic.ResourceProvider<{ adminToken: string }> = {
  async diff() {
    return { changes: false }; // An existing Jenkins never changes.
  },
  async create({ adminToken }) {
    const JENKINS_JAVA_OPTS = `-Djenkins.install.SetupWizard.adminInitialApiToken=${adminToken}`;
    const run = ["run", "--detach", "--publish", "127.0.0.1:8080:8080", "--env", "JENKINS_JAVA_OPTS"];
    const id = await docker([...run, "jenkins/jenkins:lts"], { JENKINS_JAVA_OPTS });
    return { id, outs: { url: `http://${await docker(["port", id, "8080/tcp"])}` } };
  },
  async delete(id) {
    await docker(["rm", "--force", "--volumes", id]);
  },
};

/** Replace this class with the resource that starts your Jenkins: a Helm release, a virtual machine. */
class JenkinsContainer extends pulumi.dynamic.Resource {
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, adminToken: pulumi.Input<string>) {
    super(containers, name, { adminToken, url: undefined });
  }
}

const adminToken = new pulumi.Config().requireSecret("adminToken");
const jenkins = new JenkinsContainer("jenkins", adminToken);

// The URL is known when the container runs. Jenkins itself starts later, and the token waits for it.
const connection = { url: jenkins.url, username: "admin", apiToken: adminToken, waitForReadySeconds: 300 };
const token = new JenkinsApiToken("first", { connection }, { deletedWith: jenkins });

export const jenkinsUrl = token.jenkinsUrl;
export const userId = token.userId;
export const tokenValue = token.tokenValue;
