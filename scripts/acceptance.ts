// Runs the acceptance cases on a real Jenkins. It creates tokens whose names begin with pulumi-jenkins-test-, and leaves none behind.
import { attempt } from "./acceptance/attempt.ts";
import { cases } from "./acceptance/cases.ts";
import { endToEnd } from "./acceptance/end-to-end.ts";
import { hasToPass, refusals, Skipped } from "./acceptance/needs.ts";
import { type Environment, type Scene, type Server, versionOf } from "./acceptance/server.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

const { JENKINS_URL, JENKINS_USER_ID, JENKINS_API_TOKEN, JENKINS_PASSWORD } = process.env;
if (!(JENKINS_URL && JENKINS_USER_ID && (JENKINS_API_TOKEN || JENKINS_PASSWORD))) {
  print(`Name a Jenkins for the cases: set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN or JENKINS_PASSWORD. The user has to be an
administrator. For more cases, set JENKINS_OTHER_USER_ID and JENKINS_OTHER_PASSWORD of an ordinary user. The cases may change the legacy API token
of this user. To start a simulated Jenkins: npm run jenkins`);
  process.exit(1);
}

const administrator = present({ JENKINS_USER_ID, JENKINS_API_TOKEN, JENKINS_PASSWORD });
const server: Server = {
  administrator,
  other: other(),
  version: await versionOf(administrator),
  limits: { secondLookMs: 300 }, // No Jenkins restarts here, so a refusal is final.
};
const counts = { passed: 0, refused: 0, failed: 0, skipped: 0 };
let current: Scene | undefined;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void (current?.sweep() ?? Promise.resolve()).finally(() => process.exit(130)));
}

print(`Jenkins ${server.version} at ${JENKINS_URL}`);
const asked = new RegExp(process.argv[2] ?? ""); // npm run acceptance -- "renamed|revoked"
const chosen = [...cases, ...endToEnd].filter(({ name }) => asked.test(name));
for (const one of chosen) {
  try {
    const lack = await attempt(one, server, (scene) => {
      current = scene;
    });
    counts[lack ? "refused" : "passed"]++;
    print(`  ✔ ${one.name}${lack ? `\n      refused with the right message: ${refusals[lack].why}` : ""}`);
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
const { passed, refused, failed, skipped } = counts;
const least = chosen.filter(({ needs = [] }) => hasToPass(needs, server)).length;
print(
  `Jenkins ${server.version}: at least ${least} of these ${chosen.length} cases have to pass with these credentials`,
);
print(`${passed} passed, ${refused} refused, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed < least ? 1 : 0;

/** The credentials with the server's URL and the proxies, without unset variables. */
function present(login: Record<string, string | undefined>): Environment {
  const { JENKINS_CA_CERT } = process.env;
  const proxies = Object.fromEntries(Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name)));
  const entries = Object.entries({ ...proxies, JENKINS_URL, JENKINS_CA_CERT, ...login }).filter(([, value]) => value);
  return Object.fromEntries(entries) as Environment;
}

function other(): Environment | undefined {
  const { JENKINS_OTHER_USER_ID, JENKINS_OTHER_PASSWORD } = process.env;
  if (!(JENKINS_OTHER_USER_ID && JENKINS_OTHER_PASSWORD)) return undefined;
  return present({ JENKINS_USER_ID: JENKINS_OTHER_USER_ID, JENKINS_PASSWORD: JENKINS_OTHER_PASSWORD });
}
