import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { after, before, beforeEach, describe, it } from "mocha";
import { build, builds, files, pinned } from "../../scripts/pulumi-cli/build.ts";

const BUILD = new URL("../../scripts/pulumi-cli/build.ts", import.meta.url).href;

/** A `go` whose `version -m` prints the file, and whose `build` writes only the package's name into the file. */
const GO = `#!/bin/sh
if [ "$CALLS" ]; then echo "$PWD: $*" >> "$CALLS"; fi
if [ "$1 $2" = "version -m" ]; then exec cat "$3"; fi
if [ "$1" = build ]; then
  while [ "$1" != -o ]; do shift; done
  echo "built $3" > "$2"
fi
`;

describe("The build of the Pulumi CLI", () => {
  const path = process.env["PATH"];
  const folder = mkdtempSync(join(tmpdir(), "pulumi-cli-"));
  const present = join(folder, "present");
  const workshop = join(folder, "workshop");

  before(() => {
    writeFileSync(join(folder, "go"), GO);
    chmodSync(join(folder, "go"), 0o755);
    process.env["PATH"] = [folder, path].join(delimiter);
  });
  beforeEach(() => {
    for (const one of [present, workshop]) {
      rmSync(one, { recursive: true, force: true });
      mkdirSync(one);
    }
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("keeps existing programs, and builds missing ones", async () => {
    const [missing, ...others] = builds.map(({ file }) => file).reverse();
    for (const file of others) put(file);
    assert.deepEqual(await built(), [missing]);
  });

  it("rebuilds programs of another version or of another package", async () => {
    for (const { file } of builds) put(file);
    put("pulumi", { version: "3.1.0" });
    put("pulumi-language-yaml", { package: "example.com/pulumi-language-yaml" });
    assert.deepEqual(await built(), ["pulumi", "pulumi-language-yaml"]);
  });

  it("builds all programs if there are none", async () => {
    assert.deepEqual(
      await built(),
      builds.map(({ file }) => file),
    );
  });

  it("uses the Go modules of the version in PULUMI_VERSION, without changing the pinned ones", async () => {
    const script = `import { build } from ${JSON.stringify(BUILD)}; await build(${JSON.stringify(workshop)}, "", () => {});`;
    const env = { ...process.env, PULUMI_VERSION: "9.8.7", CALLS: join(workshop, "calls") };
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
    const calls = readFileSync(env.CALLS, "utf8");
    const [module, versions] = [
      join(workshop, "cli"),
      "pkg/v3/cmd/pulumi@v9.8.7 github.com/pulumi/pulumi/sdk/v3@v9.8.7",
    ];
    assert.ok(calls.includes(`${module}: get github.com/pulumi/pulumi/${versions}\n`), calls);
    assert.match(calls, RegExp(`${module}: build .*version\\.Version=v9\\.8\\.7 `));
  });

  for (const { file, module, package: name, version } of builds) {
    it(`pins ${file} to the version that it builds, with checksums`, () => {
      const pins = new URL(`../../scripts/pulumi-cli/${module}/`, import.meta.url);
      const required = [...readFileSync(new URL("go.mod", pins), "utf8").matchAll(/(\S+) (v\S+)$/gm)];
      const pin = required.find(([, path]) => name.startsWith(`${path}/`));
      assert.equal(pin?.[2], `v${module === "cli" ? pinned : version}`);
      assert.match(readFileSync(new URL("go.sum", pins), "utf8"), new RegExp(`^${pin?.[0]} h1:`, "m"));
    });
  }

  /** Puts an executable where an earlier build would have left it. */
  function put(file: string, changed: { version?: string; package?: string } = {}): void {
    const { package: name, version } = { ...builds.find((one) => one.file === file), ...changed };
    writeFileSync(
      join(present, file),
      `${file}: go1.26.0\n\tpath\t${name}\n\tmod\texample.com/v3\tv${version}\th1:=\n`,
    );
  }

  /** The files that were built. Asserts that all files are there afterwards. */
  async function built(): Promise<string[]> {
    const bin = await build(workshop, present, () => undefined);
    const all = readdirSync(bin);
    assert.ok(files.every((file) => all.includes(file)));
    return files.filter((file) => readFileSync(join(bin, file), "utf8").startsWith("built "));
  }
});
