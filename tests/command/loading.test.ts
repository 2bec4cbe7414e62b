import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, loginOf, made } from "../support/command.ts";

/** The modules of provider/ that `pulumi-jenkins list` loads. */
async function loadedBy(more: string[], environment: Record<string, string>): Promise<Set<string | undefined>> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-loading-"));
  const ended = await command(["list", ...more], { environment: { ...environment, NODE_V8_COVERAGE: folder } });
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  rmSync(folder, { recursive: true });
  assert.equal(ended.code, 0);
  return new Set(texts.flatMap((text) => [...text.matchAll(/\/provider\/([\w/-]+)\.ts"/g)].map(([, path]) => path)));
}

describe("pulumi-jenkins", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    jenkins = await startJenkins();
    made(jenkins, "alice", "ci");
  });

  afterEach(() => jenkins.close());

  it("loads no modules for a plain list that only other options need", async () => {
    const loaded = await loadedBy([], loginOf(jenkins.url, "alice"));
    assert.ok(loaded.has("command/list") && loaded.has("command/formats/table"));
    const others = [
      ...[
        "help",
        "controllers-file",
        "state",
        "doctor",
        "examination",
        "revoke",
        "plan",
        "leaked",
        "end",
        "exec",
        "child",
      ],
      ...["json", "csv", "markdown", "html", "import-file", "revoked"].map((name) => `formats/${name}`),
    ].map((name) => `command/${name}`);
    assert.deepEqual(
      [...others, "jenkins/script-console", "jenkins/page-thread"].filter((path) => loaded.has(path)),
      [],
    );
  });

  it("loads the second thread for several controllers", async () => {
    const other = await startJenkins();
    made(other, "alice", "ci");
    const urls = ["--url", jenkins.url, "--url", other.url];
    const loaded = await loadedBy(urls, loginOf(jenkins.url, "alice")).finally(() => other.close());
    assert.ok(loaded.has("jenkins/page-thread"));
  });
});
