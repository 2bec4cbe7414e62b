import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { attempt } from "../../scripts/acceptance/attempt.ts";
import type { Case } from "../../scripts/acceptance/case.ts";
import { cases } from "../../scripts/acceptance/cases.ts";
import { type Lack, refusals, Skipped } from "../../scripts/acceptance/needs.ts";
import type { Environment, Server } from "../../scripts/acceptance/server.ts";
import { newestVersion, profileOf, versions } from "../jenkins/profiles.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { plainEnvironment } from "../support/environment.ts";
import { quick } from "../support/quick.ts";

const script = (name: string) => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));

const signedIn = ({ url }: Jenkins, id: string): Environment => {
  return { JENKINS_URL: url, JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` };
};

function serverOf(jenkins: Jenkins, version: string): Server {
  return { administrator: signedIn(jenkins, "admin"), other: signedIn(jenkins, "alice"), version, limits: quick };
}

for (const version of versions) {
  const { namedTokens, fixedTokens, expiry } = profileOf(version);
  const rest = cases.filter(({ needs }) => !needs?.includes("legacy"));
  const legacy = cases.filter(({ needs }) => needs?.includes("legacy"));

  /** Tries `some` cases. A case is refused if, and only if, this version of Jenkins lacks a feature that the case needs. */
  const tries = (some: Case[], options: JenkinsOptions) => {
    let jenkins: Jenkins;

    before(async () => {
      jenkins = await startJenkins({ version, ...options });
    });

    after(() => jenkins.close());

    for (const one of some) {
      const has = {
        names: namedTokens,
        values: fixedTokens,
        expiry,
        legacy: !namedTokens || options.creationOfLegacyTokenEnabled,
      };
      const lack = one.needs?.find((need) => need in has && !has[need as Lack]);
      it(lack ? `${one.name}: refused, because it ${refusals[lack as Lack].why}` : one.name, async () => {
        assert.equal(await attempt(one, serverOf(jenkins, version)), lack);
        const left = [...jenkins.tokens("admin"), ...jenkins.tokens("alice")];
        assert.deepEqual(namedTokens ? left : left.filter(({ isLegacy }) => !isLegacy), []); // On an old Jenkins each user has a legacy token.
      });
    }
  };

  describe(`The cases of the acceptance test, on Jenkins ${version}:`, () => tries(rest, {}));
  describe(`The cases with legacy tokens, on Jenkins ${version}:`, () =>
    tries(legacy, { creationOfLegacyTokenEnabled: true }));
  if (namedTokens) describe(`With legacy tokens switched off, on Jenkins ${version}:`, () => tries(legacy, {}));
}

describe("npm run acceptance", function () {
  this.timeout("10m");

  /** Runs the script. Only `environment` sets JENKINS_* variables. */
  async function run(environment: Environment, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const env = { ...plainEnvironment(), ...environment };
    const child = spawn(process.execPath, [script("acceptance.ts"), ...args], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
    return { code: child.exitCode, output };
  }

  it("passes on a Jenkins in another process, with the variables that this process prints", async () => {
    const jenkins = spawn(process.execPath, [script("jenkins.ts")], {
      env: plainEnvironment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [lines] = await once(jenkins.stdout.setEncoding("utf8"), "data");
      const exported = [...String(lines).matchAll(/^export (JENKINS_\w+)=(.*)$/gm)];
      const { code, output } = await run(Object.fromEntries(exported.map(([, name, value]) => [name, value])));
      assert.equal(code, 0, output);
      const legacy = cases.filter(({ needs }) => needs?.includes("legacy")).length; // Legacy tokens are off by default.
      assert.match(output, new RegExp(`^Jenkins ${newestVersion} at http`));
      assert.match(
        output,
        new RegExp(`: at least ${cases.length - legacy - 2} of these ${cases.length + 1} cases have to`),
      );
      const counts = `${cases.length + 1 - legacy} passed, ${legacy} refused, 0 failed, 0 skipped`;
      assert.match(output, new RegExp(`\\n${counts}\\n$`));
    } finally {
      jenkins.kill();
    }
  });

  it("names the variables to set if none is set", async () => {
    const { code, output } = await run({});
    assert.equal(code, 1);
    assert.match(output, /JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN or JENKINS_PASSWORD/);
  });

  it("says why a case is skipped, leaves no token behind, and fails if a case fails", async () => {
    const jenkins = await startJenkins();
    try {
      const { tokenValue } = jenkins.generate("admin", "login");
      jenkins.intercept = ({ path }) => (path.endsWith("/rename") ? { kind: "reply", status: 400 } : undefined);
      const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "admin", JENKINS_API_TOKEN: tokenValue };
      const { code, output } = await run(login, "renamed in place|with one crumb|an ordinary user may not see");
      assert.equal(code, 1);
      assert.match(output, /\n0 passed, 0 refused, 1 failed, 2 skipped\n$/);
      assert.match(output, /skipped: needs the credentials of an ordinary user/);
      assert.match(output, /skipped: needs to log in with a password/);
      assert.doesNotMatch(output, new RegExp(tokenValue));
      assert.deepEqual(
        jenkins.tokens("admin").map(({ tokenName }) => tokenName),
        ["login"],
      );
    } finally {
      await jenkins.close();
    }
  });

  it("shows the version, and passes if an old Jenkins refuses only cases that need features it lacks", async () => {
    const jenkins = await startJenkins({ version: "2.72" });
    try {
      const { code, output } = await run(
        signedIn(jenkins, "admin"),
        "a second up changes|credentials are wrong|another case|only the user",
      );
      assert.match(output, /^Jenkins 2\.72 at http/);
      assert.match(output, /✔ a second up changes nothing\n {6}refused with the right message: needs Jenkins 2\.129/);
      assert.match(output, /Jenkins 2\.72: at least 1 of these \d cases have to pass/);
      assert.match(output, /\n1 passed, 2 refused, 0 failed, 2 skipped\n$/);
      assert.equal(code, 0);
    } finally {
      await jenkins.close();
    }
  });
});

describe("A case of the acceptance test fails", () => {
  let jenkins: Jenkins;

  before(async () => {
    jenkins = await startJenkins({ version: "2.532" });
  });

  after(() => jenkins.close());

  const failing = async (needs: Case["needs"], run: Case["run"], message: RegExp) => {
    await assert.rejects(attempt({ name: "one", needs: needs ?? [], run }, serverOf(jenkins, "2.532")), { message });
  };

  it("if it passes although it has to be refused", async () => {
    await failing(["expiry"], async () => undefined, /should have refused it, because the server lacks: expiry$/);
  });

  it("if it is refused with another message, or although the server has the feature", async () => {
    const run = () => Promise.reject(new Error("no"));
    await failing(["expiry"], run, /^no$/);
    await failing(["other", "legacy"], run, /^no$/);
    await failing([], async (scene) => void (await scene.created({ expiresInDays: 9 })), /Expiry needs Jenkins 2\.548/);
  });

  it("if it is refused and leaves a token behind", async () => {
    const run: Case["run"] = async (scene) => {
      await scene.created();
      await scene.created({ expiresInDays: 9 });
    };
    await failing(["expiry"], run, /a refused case has left a token behind/);
    assert.deepEqual(jenkins.tokens("admin"), []);
  });

  it("if it is skipped for a reason that the case does not name", async () => {
    await failing(["other"], () => Promise.reject(new Skipped("letters")), /a reason that the case does not name/);
  });
});
