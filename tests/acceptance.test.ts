import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { attempt } from "./acceptance/attempt.ts";
import { cases } from "./acceptance/cases.ts";
import type { Environment, Server } from "./acceptance/server.ts";
import { type Jenkins, startJenkins } from "./jenkins/server.ts";
import { quick } from "./quick.ts";

const script = (name: string) => fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));

describe("The cases of the acceptance test, on the in-process Jenkins:", () => {
  let jenkins: Jenkins;

  before(async () => {
    jenkins = await startJenkins();
  });

  after(() => jenkins.close());

  function signedIn(id: string): Environment {
    return { JENKINS_URL: jenkins.url, JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` };
  }

  for (const one of cases) {
    it(one.name, async () => {
      const server: Server = { administrator: signedIn("admin"), other: signedIn("alice"), limits: quick };
      await attempt(one, server);
      assert.deepEqual([jenkins.tokens("admin"), jenkins.tokens("alice")], [[], []]);
    });
  }
});

describe("npm run acceptance", function () {
  this.timeout("3m");

  /** Runs the script with nothing but `environment` about any Jenkins. */
  async function run(environment: Environment, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const ambient = Object.entries(process.env).filter(([name]) => !name.startsWith("JENKINS_"));
    const env = { ...Object.fromEntries(ambient), ...environment };
    const child = spawn(process.execPath, [script("acceptance.ts"), ...args], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
    return { code: child.exitCode, output };
  }

  it("passes on a Jenkins in another process, told by the lines that this one prints", async () => {
    const jenkins = spawn(process.execPath, [script("jenkins.ts")], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [lines] = await once(jenkins.stdout.setEncoding("utf8"), "data");
      const exported = [...String(lines).matchAll(/^export (JENKINS_\w+)=(.*)$/gm)];
      const { code, output } = await run(Object.fromEntries(exported.map(([, name, value]) => [name, value])));
      assert.equal(code, 0, output);
      assert.match(output, new RegExp(`\\n${cases.length + 1} passed, 0 failed, 0 skipped\\n$`));
    } finally {
      jenkins.kill();
    }
  });

  it("says what to set where no Jenkins is named", async () => {
    const { code, output } = await run({});
    assert.equal(code, 1);
    assert.match(output, /JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN or JENKINS_PASSWORD/);
  });

  it("says why it skips, leaves nothing behind, and fails where anything fails", async () => {
    const jenkins = await startJenkins();
    try {
      const { tokenValue } = jenkins.generate("admin", "login");
      jenkins.intercept = ({ path }) => (path.endsWith("/rename") ? { kind: "reply", status: 400 } : undefined);
      const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "admin", JENKINS_API_TOKEN: tokenValue };
      const { code, output } = await run(login, "renamed in place|password|ordinary");
      assert.equal(code, 1);
      assert.match(output, /\n0 passed, 1 failed, 3 skipped\n$/);
      assert.match(output, /skipped: needs the login of an ordinary user/);
      assert.match(output, /skipped: needs to sign in with a password/);
      assert.doesNotMatch(output, new RegExp(tokenValue));
      assert.deepEqual(
        jenkins.tokens("admin").map(({ tokenName }) => tokenName),
        ["login"],
      );
    } finally {
      await jenkins.close();
    }
  });
});
