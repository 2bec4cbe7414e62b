// Starts only the simulated Jenkins of the tests, so that you can try the package on it. It prints the environment variables of the provider, and
// runs until you stop it: npm run --silent jenkins > jenkins.env & sleep 1; . ./jenkins.env
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { newestVersion, profileOf, versions } from "../tests/jenkins/profiles.ts";
import { startJenkins } from "../tests/jenkins/server.ts";

const HELP = `Starts a simulated Jenkins on 127.0.0.1, and prints its URL and credentials as shell commands.

Usage: npm run --silent jenkins -- [options]

  --version VERSION    the version to simulate. Default: ${newestVersion}. Available:
                       ${versions.slice(0, 7).join(", ")},
                       ${versions.slice(7).join(", ")}
  --port PORT          Default: a free port
  --context-path PATH  the path of the URL, for instance /jenkins
  --no-csrf            switches off crumbs
  --help               shows this text
`;

const { values } = parseArgs({
  options: {
    version: { type: "string", default: newestVersion },
    port: { type: "string", default: "0" },
    "context-path": { type: "string", default: "" },
    csrf: { type: "boolean", default: true },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}
if (!versions.includes(values.version)) {
  process.stderr.write(`There is no simulated Jenkins ${values.version}, only ${versions.join(", ")}.\n`);
  process.exit(2);
}

const password = randomBytes(12).toString("hex");
const otherPassword = randomBytes(12).toString("hex");
const jenkins = await startJenkins({
  version: values.version,
  port: Number(values.port),
  contextPath: values["context-path"],
  csrf: values.csrf,
  users: [
    { id: "admin", password, administrator: true },
    { id: "alice", password: otherPassword },
  ],
});
const byToken = profileOf(values.version).namedTokens
  ? `# With an API token instead of the password: unset JENKINS_PASSWORD; export JENKINS_API_TOKEN=${jenkins.generate("admin", "scripts/jenkins.ts").tokenValue}\n`
  : "";

process.stdout.write(`export JENKINS_URL=${jenkins.url}
export JENKINS_USER_ID=admin
export JENKINS_PASSWORD=${password}
export JENKINS_OTHER_USER_ID=alice
export JENKINS_OTHER_PASSWORD=${otherPassword}
${byToken}# Stop it with Ctrl+C or: kill ${process.pid}
`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void jenkins.close());
