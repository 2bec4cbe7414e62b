// Tries the package on a real Jenkins: makes tokens whose names begin with pulumi-jenkins-test-, and leaves none behind.
import { attempt } from "../tests/acceptance/attempt.ts";
import { cases } from "../tests/acceptance/cases.ts";
import { endToEnd } from "../tests/acceptance/end-to-end.ts";
import { type Environment, type Scene, type Server, Skipped } from "../tests/acceptance/server.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

const { JENKINS_URL, JENKINS_USER_ID, JENKINS_API_TOKEN, JENKINS_PASSWORD } = process.env;
if (!(JENKINS_URL && JENKINS_USER_ID && (JENKINS_API_TOKEN || JENKINS_PASSWORD))) {
  print(`Name a Jenkins to try the package on: set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN or JENKINS_PASSWORD, of an
administrator, and for more cases JENKINS_OTHER_USER_ID and JENKINS_OTHER_PASSWORD, of an ordinary user. A Jenkins to
play with is started by: npm run jenkins`);
  process.exit(1);
}

const server: Server = {
  administrator: present({ JENKINS_USER_ID, JENKINS_API_TOKEN, JENKINS_PASSWORD }),
  other: other(),
  limits: { secondLookMs: 300 }, // No Jenkins restarts here: a refusal is one.
};
const counts = { passed: 0, failed: 0, skipped: 0 };
let current: Scene | undefined;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void (current?.sweep() ?? Promise.resolve()).finally(() => process.exit(130)));
}

const chosen = new RegExp(process.argv[2] ?? ""); // npm run acceptance -- "renamed|revoked"
for (const one of [...cases, ...endToEnd].filter(({ name }) => chosen.test(name))) {
  try {
    await attempt(one, server, (scene) => {
      current = scene;
    });
    counts.passed++;
    print(`  ✔ ${one.name}`);
  } catch (error) {
    if (error instanceof Skipped) {
      counts.skipped++;
      print(`  - ${one.name}\n      skipped: ${error.message}`);
    } else {
      counts.failed++;
      print(`  ✘ ${one.name}\n      ${error instanceof Error ? error.message : error}`);
    }
  }
}
print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** With the address of the server, and without what is not set. */
function present(login: Record<string, string | undefined>): Environment {
  const { JENKINS_CA_CERT } = process.env;
  const entries = Object.entries({ JENKINS_URL, JENKINS_CA_CERT, ...login }).filter(([, value]) => value);
  return Object.fromEntries(entries) as Environment;
}

function other(): Environment | undefined {
  const { JENKINS_OTHER_USER_ID, JENKINS_OTHER_PASSWORD } = process.env;
  if (!(JENKINS_OTHER_USER_ID && JENKINS_OTHER_PASSWORD)) return undefined;
  return present({ JENKINS_USER_ID: JENKINS_OTHER_USER_ID, JENKINS_PASSWORD: JENKINS_OTHER_PASSWORD });
}
