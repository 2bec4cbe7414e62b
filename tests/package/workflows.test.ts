import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import schema from "../../schema.json" with { type: "json" };
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";

interface Step {
  name?: string;
  uses?: string;
  run?: string;
}

interface Job {
  uses?: string;
  needs?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: Record<string, string[]> };
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

describe("The workflows", () => {
  it("run only scripts that package.json has", () => {
    const asked = workflows.flatMap((file) => [...text(file).matchAll(/\bnpm (?:run )?(test|(?<=run )\w+)/g)]);
    const names = new Set(asked.map(([, name = ""]) => name));
    assert.deepEqual(names, new Set(["test", "acceptance", "bundle"]));
    for (const name of names) assert.ok(name in manifest.scripts, name);
  });

  it("use each action at one commit, whose version stands beside it", () => {
    const used = workflows.flatMap((file) =>
      [...text(file).matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action),
    );
    const foreign = new Set(used.filter((action) => !action.startsWith("./")));
    for (const action of foreign) assert.match(action, /^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const names = [...foreign].map((action) => action.split("@")[0]);
    assert.equal(new Set(names).size, names.length, [...foreign].join());
  });

  it("may read the repository, and only the job that publishes may do more", () => {
    for (const file of workflows) assert.deepEqual(workflow(file).permissions, { contents: "read" }, file);
    const all = workflows.flatMap((file) => Object.entries(workflow(file).jobs));
    const more = all.filter(([, { permissions }]) => permissions);
    assert.deepEqual(Object.fromEntries(more.map(([name, { permissions }]) => [name, permissions])), {
      publish: { contents: "write", "id-token": "write" },
    });
  });
});

describe("The workflow ci.yml", () => {
  it("tests on the oldest Node.js that package.json allows, and not on the one that a clone brings", () => {
    const { strategy, steps = [] } = job(ci, "test");
    assert.equal(manifest.engines.node, `>=${strategy?.matrix["node"]?.[0]}`);
    const lines = steps.map(({ run = "" }) => run);
    const install = lines.indexOf("npm ci");
    assert.deepEqual(lines.slice(install, install + 2), ["npm ci", "rm node_modules/.bin/node"]);
    assert.ok(lines.indexOf("npm test") > install);
  });

  it("tries each Jenkins with the logins that the users of its container have", () => {
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

describe("The workflow release.yml", function () {
  this.timeout("10m"); // On a machine without the Pulumi CLI it is built here.
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-release-"));
  const tag = `v${manifest.version}`;
  let workshop: Workshop;

  before(async () => {
    workshop = await Workshop.open();
  });

  after(() => {
    workshop.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("publishes only what has passed ci.yml", () => {
    const { needs = "" } = job(release, "publish");
    assert.equal(job(release, needs).uses, `./${FOLDER}/ci.yml`);
  });

  it("goes on only where the tag is the version of package.json", async () => {
    const { run } = step("The tag is the version of package.json");
    await shell(run, ROOT, { TAG: tag });
    await assert.rejects(shell(run, ROOT, { TAG: `${tag}0` }), { code: 1 });
  });

  it("names the plugin so that `pulumi plugin install` finds it", async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, "scripts/bundle.ts"), folder]);
    await shell(step("The same plugin for every platform, under the names that Pulumi asks for").run, folder, {
      TAG: tag,
    });
    const asked: string[] = [];
    const server = createServer(({ url = "" }, response) => {
      asked.push(url);
      const path = join(folder, url);
      if (existsSync(path)) response.end(readFileSync(path));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const backend = join(folder, "backend");
      const install = ["plugin", "install", "resource", "jenkins", manifest.version];
      const environment = workshop.environment(backend);
      const run = await workshop.pulumi([...install, "--server", `http://127.0.0.1:${port}`], folder, environment);
      assert.equal(run.code, 0, `asked for ${asked}:\n${run.output}`);
      const { output } = await workshop.pulumi(["plugin", "ls", "--json"], folder, environment);
      const [{ name, version }] = JSON.parse(output);
      assert.deepEqual({ name, version }, { name: schema.name, version: schema.version });
    } finally {
      server.close();
    }
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

function step(name: string): { run: string } {
  const found = job(release, "publish").steps?.find((one) => one.name === name);
  assert.ok(found?.run, name);
  return { run: found.run };
}

/** Runs what a step says as GitHub does. */
async function shell(script: string, cwd: string, environment: Record<string, string>): Promise<void> {
  const env = { ...process.env, ...environment };
  await promisify(execFile)("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], { cwd, env });
}
