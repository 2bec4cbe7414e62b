import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { startJenkins } from "../jenkins/server.ts";
import { command, loginOf, made } from "../support/command.ts";

describe("pulumi-jenkins", () => {
  it("loads no modules for a plain list that only other options need", async () => {
    const jenkins = await startJenkins();
    made(jenkins, "alice", "ci");
    const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-loading-"));
    const environment = { ...loginOf(jenkins.url, "alice"), NODE_V8_COVERAGE: folder };
    assert.equal((await command(["list"], { environment })).code, 0);
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    rmSync(folder, { recursive: true });
    await jenkins.close();
    const loaded = new Set(
      texts.flatMap((text) => [...text.matchAll(/\/provider\/([\w/-]+)\.ts"/g)].map(([, path]) => path)),
    );
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
      [...others, "jenkins/script-console"].filter((path) => loaded.has(path)),
      [],
    );
  });
});
