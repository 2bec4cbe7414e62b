import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, describe, it } from "mocha";
import { parse } from "yaml";
import manifest from "../../package.json" with { type: "json" };

interface Step {
  name?: string;
  uses?: string;
  run?: string;
}

interface Job {
  uses?: string;
  needs?: string;
  environment?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: { include?: Record<string, string>[]; node?: string[]; pulumi?: string[]; runner?: string[] } };
  env?: Record<string, string>;
  steps?: Step[];
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = ".github/workflows";
const workflows = globSync("*.yml", { cwd: join(ROOT, FOLDER) });
const ci = workflow("ci.yml");
const release = workflow("release.yml");

describe("The GitHub workflows", () => {
  it("run only scripts that package.json has", () => {
    const asked = workflows.flatMap((file) => [...text(file).matchAll(/\bnpm (?:run )?(test|(?<=run )\w+)/g)]);
    const names = new Set(asked.map(([, name = ""]) => name));
    assert.deepEqual(names, new Set(["test", "check", "build", "acceptance", "bundle"]));
    for (const name of names) assert.ok(name in manifest.scripts, name);
  });

  it("pin each action to one commit, with its version in a comment", () => {
    const used = workflows.flatMap((file) =>
      [...text(file).matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action),
    );
    const foreign = new Set(used.filter((action) => !action.startsWith("./")));
    for (const action of foreign) assert.match(action, /^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const names = [...foreign].map((action) => action.split("@")[0]);
    assert.equal(new Set(names).size, names.length, [...foreign].join());
  });

  it("may only read the repository, except the jobs that publish or report", () => {
    for (const file of workflows) assert.deepEqual(workflow(file).permissions, { contents: "read" }, file);
    const all = workflows.flatMap((file) => Object.entries(workflow(file).jobs));
    const more = all.filter(([, { permissions }]) => permissions);
    assert.deepEqual(Object.fromEntries(more.map(([name, { permissions }]) => [name, permissions])), {
      analyze: { contents: "read", "security-events": "write" },
      publish: { contents: "write", "id-token": "write" },
    });
  });
});

describe("The workflow ci.yml", () => {
  it("tests on the oldest Node.js that package.json allows, instead of the one in node_modules", () => {
    const { strategy, steps = [] } = job(ci, "test");
    assert.equal(manifest.engines.node, `>=${strategy?.matrix.node?.[0]}`);
    const lines = steps.map(({ run = "" }) => run);
    const install = lines.indexOf("node scripts/setup.mjs");
    assert.equal(lines[install + 1], "rm node_modules/.bin/node");
    assert.ok(install >= 0 && lines.indexOf("npm test") > install);
  });

  it("tests with the oldest supported version of Pulumi and with later ones, which the README names", () => {
    const { strategy, env = {} } = job(ci, "test");
    const { pulumi: [oldest] = [], include = [] } = strategy?.matrix ?? {};
    assert.equal(oldest, manifest.devDependencies["@pulumi/pulumi"]);
    assert.equal(manifest.peerDependencies["@pulumi/pulumi"], `^${oldest}`);
    assert.equal(env["PULUMI_VERSION"], `\${{ matrix.pulumi }}`);
    const later = include.map(({ pulumi }) => pulumi);
    assert.ok(later.length > 0);
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    assert.ok(readme.includes(`the tests run ${[oldest, ...later].join(" and ")}`));
  });

  it("runs the acceptance test with the logins of the users in the Jenkins container", () => {
    const { env = {}, steps = [] } = job(ci, "acceptance");
    const users = readFileSync(join(ROOT, "scripts/acceptance/jenkins/users.groovy"), "utf8");
    const read = new Set([...users.matchAll(/environment\.(\w+)/g)].map(([, name]) => name));
    const start = steps.find(({ run }) => run?.startsWith("docker run "))?.run ?? "";
    const handedOn = new Set([...start.matchAll(/--env (\w+)(?= )/g)].map(([, name]) => name));
    assert.deepEqual(handedOn, read);
    assert.deepEqual(new Set(Object.keys(env)), new Set(["JENKINS_URL", ...read]));
    assert.ok(start.includes(`--publish ${new URL(env["JENKINS_URL"] ?? "").host}:8080`));
  });
});

describe("The workflow release.yml", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-release-"));
  const tag = `v${manifest.version}`;

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("publishes only after ci.yml and the smoke test of the executables have passed", () => {
    assert.equal(job(release, "publish").needs, "package");
    assert.equal(job(release, "package").needs, "executable");
    const { needs = "", steps = [] } = job(release, "executable");
    assert.equal(job(release, needs).uses, `./${FOLDER}/ci.yml`);
    const lines = steps.flatMap(({ run }) => run ?? []);
    assert.deepEqual(lines.slice(-2), ["node scripts/executable.ts release", "node scripts/plugin/smoke.ts release"]);
  });

  it("publishes in a job that runs no code from the repository or from npm packages", () => {
    const { environment, steps = [] } = job(release, "publish");
    assert.equal(environment, "release");
    assert.ok(steps.every(({ uses = "" }) => !uses.startsWith("actions/checkout@")));
    const asked = steps.flatMap(({ run }) => (/\bnp[mx] /.test(run ?? "") ? [run] : []));
    assert.equal(asked.length, 1);
    assert.match(asked[0] ?? "", /^npm publish --ignore-scripts .*"\.\/release\/pulumi-jenkins-\$\{TAG#v\}\.tgz"$/);
  });

  it("builds the executable on six platforms", () => {
    const { strategy } = job(release, "executable");
    assert.equal(new Set(strategy?.matrix.runner).size, 6);
  });

  it("fails if the tag is not the version in package.json", async () => {
    const { run } = step("package", "Check that the tag is the version in package.json");
    await shell(run, ROOT, { TAG: tag });
    await assert.rejects(shell(run, ROOT, { TAG: `${tag}0` }), { code: 1 });
  });

  it("writes checksums of all published files", async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, "scripts/bundle.ts"), folder]);
    await shell(step("publish", "Write the checksums of all files").run, folder, {});
    await shell("sha256sum --check SHA256SUMS", folder, {});
    assert.match(readFileSync(join(folder, "SHA256SUMS"), "utf8"), / {2}pulumi-resource-jenkins-script-v\S+\.tgz\n/);
  });
});

function text(file: string): string {
  return readFileSync(join(ROOT, FOLDER, file), "utf8");
}

function workflow(file: string): Workflow {
  return parse(text(file));
}

function job({ jobs }: Workflow, name: string): Job {
  assert.ok(jobs[name], name);
  return jobs[name];
}

function step(jobName: string, name: string): { run: string } {
  const found = job(release, jobName).steps?.find((one) => one.name === name);
  assert.ok(found?.run, name);
  return { run: found.run };
}

/** Runs the script of a step like GitHub. */
async function shell(script: string, cwd: string, environment: Record<string, string>): Promise<void> {
  const env = { ...process.env, ...environment };
  await promisify(execFile)("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], { cwd, env });
}
