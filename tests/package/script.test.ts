import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { version } from "../../scripts/plugin/bundle.ts";

const run = promisify(execFile);
const BUNDLE = fileURLToPath(new URL("../../scripts/bundle.ts", import.meta.url));

describe("The plugin in one script", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-script-"));
  const plugin = join(folder, "pulumi-resource-jenkins");

  before(async () => {
    await run(process.execPath, [BUNDLE, folder]);
    await run("tar", ["-xzf", `pulumi-resource-jenkins-script-v${version}.tgz`], { cwd: folder });
  });

  after(() => rmSync(folder, { recursive: true }));

  it("recommends the executable if there is no Node.js", async () => {
    const { code, stderr } = await failing(folder);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^pulumi-resource-jenkins needs Node\.js 22\.19 or later, and there is no node on the PATH\. .* executable/,
    );
  });

  it("recommends the executable if Node.js is too old", async () => {
    const old = join(folder, "old");
    mkdirSync(old);
    const preload = join(old, "old.cjs");
    writeFileSync(preload, `Object.defineProperty(process.versions, "node", { value: "20.20.2" });`);
    const node = `#!/bin/sh\nexec "${process.execPath}" --require "${preload}" "$@"\n`;
    writeFileSync(join(old, "node"), node, { mode: 0o755 });
    const { code, stderr } = await failing(`${old}:/usr/bin:/bin`);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^pulumi-resource-jenkins needs Node\.js 22\.19 or later, and the first on the PATH, \S+, is 20\.20\.2\. .* executable/,
    );
  });

  async function failing(PATH: string): Promise<{ code: number; stderr: string }> {
    return await run(plugin, ["127.0.0.1:1"], { env: { PATH } }).then(
      () => assert.fail("it has started"),
      (error) => error,
    );
  }
});
