// Starts the Jenkins of the tests alone, to try the package against. It prints what the provider wants to have in its
// environment and stays until it is stopped: npm run --silent jenkins > jenkins.env & sleep 1; . ./jenkins.env
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { startJenkins } from "../tests/jenkins/server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "context-path": { type: "string", default: "" },
    csrf: { type: "boolean", default: true },
  },
  allowNegative: true,
});

const password = randomBytes(12).toString("hex");
const otherPassword = randomBytes(12).toString("hex");
const jenkins = await startJenkins({
  port: Number(values.port),
  contextPath: values["context-path"],
  csrf: values.csrf,
  users: [
    { id: "admin", password, administrator: true },
    { id: "alice", password: otherPassword },
  ],
});
const { tokenValue } = jenkins.generate("admin", "scripts/jenkins.ts");

process.stdout.write(`export JENKINS_URL=${jenkins.url}
export JENKINS_USER_ID=admin
export JENKINS_PASSWORD=${password}
export JENKINS_OTHER_USER_ID=alice
export JENKINS_OTHER_PASSWORD=${otherPassword}
# With an API token instead of the password: unset JENKINS_PASSWORD; export JENKINS_API_TOKEN=${tokenValue}
# Stop it with Ctrl+C or: kill ${process.pid}
`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void jenkins.close());
