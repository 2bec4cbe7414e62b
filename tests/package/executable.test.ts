import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import type { Stack } from "../../scripts/pulumi-cli/stack.ts";
import { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { Story } from "../end-to-end/story.ts";
import { ARCHIVE, buildExecutable, unpackExecutable } from "../support/executable.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const PLUGIN = "pulumi-resource-jenkins";
const { version } = manifest;

const RESOURCES = `
resources: { ci: { type: "jenkins:ApiToken" } }
outputs: { tokenValue: "\${ci.tokenValue}" }
`;

describe("The executable of the plugin", function () {
  this.timeout("15m"); // The first run on a machine downloads Node.js and the Pulumi CLI.
  const release = mkdtempSync(join(tmpdir(), "pulumi-jenkins-release-"));
  const asked: string[] = [];
  let workshop: Workshop;
  let story: Story;
  let server: Server;
  let url: string;

  before(async function () {
    try {
      await buildExecutable(release);
    } catch (error) {
      process.stdout.write(`    Skipped, because no executable can be built here: ${(error as Error).message}\n`);
      this.skip();
    }
    workshop = await Workshop.open();
    story = await Story.begin(workshop);
    server = createServer(({ url: path = "" }, response) => {
      asked.push(path);
      const file = join(release, path);
      if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server?.close();
    await story?.end();
    workshop?.close();
    rmSync(release, { recursive: true, force: true });
  });

  it("passes the smoke test of the release workflow", async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, "scripts/plugin/smoke.ts"), release]);
    assert.match(stdout, /starts, and is of version \d+\.\d+\.\d+/);
  });

  it("is packed only with the licences, including the one of Node.js", async () => {
    const folder = await unpacked();
    assert.deepEqual(readdirSync(folder).sort(), ["LICENSES.txt", PLUGIN]);
    const licences = readFileSync(join(folder, "LICENSES.txt"), "utf8");
    for (const name of ["pulumi-jenkins", "undici", "Node.js"]) assert.match(licences, new RegExp(`^${name}\\b`, "m"));
  });

  it("is installed by `pulumi plugin install`, and manages a token without Node.js", async () => {
    const stack = await yamlStack("installed", "");
    assert.match(await stack.failing("up"), /no resource plugin 'pulumi-resource-jenkins' found/);
    await pulumi(stack, "plugin", "install", "resource", "jenkins", version, "--server", url);
    await leadsATokenThroughItsLife(stack);
  });

  it("is installed by `pulumi package add jenkins`, without Node.js", async () => {
    const stack = await yamlStack("added", "");
    asked.length = 0;
    await pulumi(stack, "package", "add", `jenkins@${version}`, "--server", url);
    assert.ok(
      asked.some((path) => path.endsWith(ARCHIVE)),
      asked.join(),
    );
    await leadsATokenThroughItsLife(stack);

    const { packages } = parse(readFileSync(join(stack.folder, "Pulumi.yaml"), "utf8"));
    assert.deepEqual(packages, { jenkins: { source: "jenkins", version, pluginDownloadURL: url } });
    assert.deepEqual(readdirSync(join(stack.folder, "sdks/jenkins")), [`jenkins-${version}.yaml`]);
    rmSync(join(stack.folder, "sdks"), { recursive: true });
    await pulumi(stack, "plugin", "rm", "resource", "jenkins", "--yes");
    await pulumi(stack, "install"); // Like in a fresh checkout on another machine.
    await leadsATokenThroughItsLife(stack);
  });

  it("can be installed from its file, after a check of its checksum", async () => {
    const stack = await yamlStack("checked", "");
    await run("sh", ["-c", `sha256sum ${ARCHIVE} > SHA256SUMS && echo "${"0".repeat(64)}  another" >> SHA256SUMS`], {
      cwd: release,
    });
    await run("sha256sum", ["--check", "--ignore-missing", "SHA256SUMS"], { cwd: release });
    await pulumi(stack, "plugin", "install", "resource", "jenkins", version, "--file", join(release, ARCHIVE));
    await leadsATokenThroughItsLife(stack);
  });

  it("is all that examples/yaml needs for `pulumi install` in a fresh checkout", async () => {
    const stack = await story.example("yaml");
    stack.environment["PATH"] = workshop.bin;
    await pulumi(stack, "plugin", "install", "resource", "jenkins", version, "--server", url, "--reinstall");
    await pulumi(stack, "install");
    await leadsATokenThroughItsLife(stack);
  });

  it("is also the command `pulumi-jenkins`, even if Pulumi has installed it", async () => {
    const stack = await yamlStack("command", "");
    const { environment: env, folder } = stack;
    const { stdout } = await run(join(await unpacked(), PLUGIN), ["list"], { env });
    assert.match(stdout, /^alice +to log in with /m);
    await pulumi(stack, "plugin", "install", "resource", "jenkins", version, "--server", url);
    const line = ["plugin", "run", "--kind=resource", `jenkins@${version}`, "doctor"];
    const { code, output } = await workshop.pulumi(line, folder, env);
    assert.deepEqual([code, /^✔ logged in +as alice/m.test(output)], [0, true], output);
  });

  it("is found in the folder that `plugins` in Pulumi.yaml names", async () => {
    const path = JSON.stringify(await unpacked());
    const stack = await yamlStack("named", `plugins: { providers: [{ name: jenkins, path: ${path} }] }`);
    await leadsATokenThroughItsLife(stack);
  });

  it("passes the plugin's tests instead of the script", async () => {
    const env = { ...process.env, PULUMI_JENKINS_PLUGIN: join(await unpacked(), PLUGIN) };
    const mocha = join(ROOT, "node_modules/mocha/bin/mocha.js");
    const tests = globSync("tests/plugin/*.test.ts", { cwd: ROOT });
    const args = [mocha, "--reporter", "dot", ...tests];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, env }).catch((error) => error);
    process.stdout.write(`    ${/\d+ passing/.exec(stdout)}\n`);
    assert.doesNotMatch(stdout, /failing/, stdout);
    assert.match(stdout, /[1-9]\d+ passing/);
  });

  /** A YAML stack in an environment without Node.js. */
  async function yamlStack(name: string, plugins: string): Promise<Stack> {
    const folder = join(release, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: yaml\n${plugins}\n${RESOURCES}`);
    const stack = await story.stackIn(folder, story.tokenLogin);
    stack.environment["PATH"] = workshop.bin;
    await workshop.pulumi(["plugin", "rm", "resource", "jenkins", "--yes"], folder, stack.environment); // From the last test.
    return stack;
  }

  async function leadsATokenThroughItsLife(stack: Stack): Promise<void> {
    await stack.up();
    const { tokenValue } = await stack.outputs();
    assert.equal(await story.statusFor(tokenValue), 200);
    await stack.up("--expect-no-changes");
    await stack.destroy();
    assert.equal(await story.statusFor(tokenValue), 401);
  }

  async function pulumi({ folder, environment }: Stack, ...args: string[]): Promise<void> {
    const { code, output } = await workshop.pulumi(args, folder, environment);
    assert.equal(code, 0, output);
  }

  /** A folder with the contents of the archive for this platform. */
  async function unpacked(): Promise<string> {
    const folder = mkdtempSync(join(release, "unpacked-"));
    await unpackExecutable(release, folder);
    return folder;
  }
});
