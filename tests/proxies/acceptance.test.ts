import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { newestVersion } from "../jenkins/profiles.ts";
import type { Jenkins } from "../jenkins/server.ts";
import { plainEnvironment } from "../support/environment.ts";
import { certificate } from "../support/tls.ts";
import { startApache } from "./apache.ts";
import { startHaproxy } from "./haproxy.ts";
import { startNginx } from "./nginx.ts";
import { API_PASSES, startOauth2Proxy } from "./oauth2-proxy.ts";
import { behind, type FrontDoor, needs, type Program } from "./program.ts";
import { startForwardSquid, startReverseSquid } from "./squid.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/acceptance.ts", import.meta.url));
/** All cases except the one with the Pulumi CLI, which takes longer than all others together. */
const WITHOUT_CLI = "^(?!the real Pulumi CLI)";
const ALL = "";

type Environment = Record<string, string>;

interface Door {
  name: string;
  program: Program;
  contextPath?: string;
  open: (jenkins: Jenkins) => Promise<FrontDoor>;
  /** The settings with which a user reaches Jenkins through the front door. */
  environment: (jenkins: Jenkins, door: FrontDoor) => Environment;
  /** The cases for the newest Jenkins. */
  cases?: string;
}

const doors: Door[] = [
  {
    name: "nginx as a plain reverse proxy",
    program: "nginx",
    open: (jenkins) => startNginx(jenkins),
    environment: (_, { origin }) => ({ JENKINS_URL: origin }),
  },
  {
    name: "nginx with TLS and a context path",
    program: "nginx",
    contextPath: "/ci",
    open: (jenkins) => startNginx(jenkins, { tls: true }),
    environment: (_, { origin }) => ({ JENKINS_URL: `${origin}/ci`, JENKINS_CA_CERT: certificate }),
    cases: ALL,
  },
  {
    name: "Squid as a forward proxy",
    program: "squid",
    open: () => startForwardSquid(),
    environment: ({ url }, { origin }) => ({ JENKINS_URL: url, HTTP_PROXY: origin }),
  },
  {
    name: "Squid as a reverse proxy",
    program: "squid",
    open: (jenkins) => startReverseSquid(jenkins),
    environment: (_, { origin }) => ({ JENKINS_URL: origin }),
  },
  {
    name: "Apache httpd with TLS and a context path",
    program: "apache2",
    contextPath: "/jenkins",
    open: (jenkins) => startApache(jenkins, { tls: true }),
    environment: (_, { origin }) => ({ JENKINS_URL: `${origin}/jenkins`, JENKINS_CA_CERT: certificate }),
  },
  {
    name: "HAProxy with TLS and a context path",
    program: "haproxy",
    contextPath: "/jenkins",
    open: (jenkins) => startHaproxy(jenkins, { tls: true, frontend: "option httpclose" }),
    environment: (_, { origin }) => ({ JENKINS_URL: `${origin}/jenkins`, JENKINS_CA_CERT: certificate }),
  },
  {
    name: "oauth2-proxy that lets API clients through",
    program: "oauth2-proxy",
    contextPath: "/jenkins",
    open: (jenkins) => startOauth2Proxy(jenkins, ...API_PASSES),
    environment: (_, { origin }) => ({ JENKINS_URL: `${origin}/jenkins` }),
  },
];

/** Runs the acceptance test in a separate process, because HTTP_PROXY is read once per process. */
async function acceptance(environment: Environment, cases: string): Promise<{ code: number | null; output: string }> {
  const login = {
    JENKINS_USER_ID: "admin",
    JENKINS_PASSWORD: "admin-password",
    JENKINS_OTHER_USER_ID: "alice",
    JENKINS_OTHER_PASSWORD: "alice-password",
  };
  const env = { ...plainEnvironment(), ...login, ...environment };
  const child = spawn(process.execPath, [SCRIPT, cases], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { code: child.exitCode, output };
}

for (const { name, program, contextPath = "", open, environment, cases = WITHOUT_CLI } of doors) {
  describe(`Behind ${name}`, function () {
    this.timeout("10m");
    needs(program);

    for (const version of ["2.249.3", newestVersion]) {
      it(`every case of the acceptance test passes on Jenkins ${version}`, async () => {
        await behind(open, { version, contextPath, creationOfLegacyTokenEnabled: true }, async (jenkins, door) => {
          const chosen = version === newestVersion ? cases : WITHOUT_CLI;
          const { code, output } = await acceptance(environment(jenkins, door), chosen);
          assert.equal(code, 0, output);
          assert.match(output, new RegExp(`^Jenkins ${version} at .*\n`));
          assert.match(
            output,
            new RegExp(`, ${version === newestVersion ? 0 : "\\d+"} refused, 0 failed, 0 skipped\n$`),
          );
          const direct = jenkins.log.filter(({ headers }) => !("x-forwarded-for" in headers));
          assert.deepEqual(direct, [], "some requests have not passed through the front door");
          assert.deepEqual(jenkins.tokens("admin"), []);
        });
      });
    }
  });
}
