import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { command, lineOf, loginOf, made } from "../support/command.ts";
import { plainEnvironment } from "../support/environment.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";

const inShell = (line: string) => spawnSync("/bin/sh", ["-c", line], { encoding: "utf8", env: plainEnvironment() });

describe("pulumi-jenkins in unusual surroundings", () => {
  let fleet: Fleet;

  beforeEach(() => {
    fleet = new Fleet();
  });

  afterEach(() => fleet.end());

  it("says that standard output can't be written if the disk is full", async function () {
    if (process.platform !== "linux") this.skip(); // Only Linux has /dev/full.
    const { status, stderr } = inShell(`${lineOf(["--version"])} > /dev/full`);
    assert.deepEqual([status, stderr], [1, "Standard output can't be written (ENOSPC).\n"]);
  });

  it("exits with 2 in a folder that was removed", async function () {
    if (process.platform === "win32") this.skip(); // It does not remove a folder that is in use.
    const gone = 'folder=$(mktemp -d) && cd "$folder" && rmdir "$folder" &&';
    const { status, stderr } = inShell(`${gone} ${lineOf(["list"])}`);
    assert.equal(status, 2);
    assert.match(stderr, /^The current folder does not exist any more: change to another one\. See /);
  });

  it("exits with 2 for an empty argument, as a variable gives that is not set", async () => {
    const { code, aside } = await command(["revoke", "", "--yes"]);
    assert.deepEqual([code, aside], [2, "An argument is empty. See pulumi-jenkins revoke --help.\n"]);
  });

  it("asks a Jenkins that never answers for its login page only once", async () => {
    const [jenkins] = await fleet.start(1);
    assert.ok(jenkins);
    const { tokenValue } = jenkins.generate("alice", "logs in");
    jenkins.intercept = () => ({ kind: "wait", until: new Promise(() => undefined) });
    const environment = loginOf(jenkins.url, "alice", tokenValue);
    const { code, said } = await command(["doctor", "--timeout", "1s"], { environment });
    assert.equal(code, 1);
    assert.match(said, /no whole answer within 1 second/);
    assert.deepEqual(
      jenkins.log.map(({ path }) => path),
      ["/login", "/whoAmI/api/json"],
    );
  });

  it("masks the password in what pulumi prints", async () => {
    const printing = '#!/bin/sh\necho "error: $JENKINS_PASSWORD!" >&2\nexit 1\n';
    writeFileSync(join(fleet.folder, "pulumi"), printing, { mode: 0o755 });
    const around = { programs: fleet.folder, environment: loginOf("http://127.0.0.1:1", "alice") };
    const { code, aside } = await command(["list", "--stack", "dev"], around);
    assert.equal(code, 1);
    assert.match(aside, /error: \[secret\]!/);
    assert.doesNotMatch(aside, /alice-password/);
  });

  it("refuses two logins for one Jenkins, which could revoke each other's tokens, unless each has only its own user", async () => {
    const [a] = await fleet.start(1);
    assert.ok(a);
    const lines = [entry(a.url, "admin"), entry(a.url, "alice")];
    made(a, "alice", "hers");
    const ways = [["--user", "alice", "--all"], ["--all-users", "--never-expires"], ["--never-expires"]];
    for (const [index, way] of ways.entries()) {
      const args = ["revoke", ...way, "--yes", "--controllers", fleet.file(lines)];
      const { code, aside } = await command(args, { environment: PASSWORDS });
      const names: string[] = a.tokens("alice").map(({ tokenName }) => tokenName);
      assert.deepEqual([code, names], index < 2 ? [2, ["hers"]] : [0, []]);
      if (index < 2) assert.match(aside, /^line 2 of controllers\.jsonl names the same Jenkins as line 1 of /);
    }
  });
});
