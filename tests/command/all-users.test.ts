import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { command, made, ownJenkins } from "../support/command.ts";

describe("pulumi-jenkins with --all-users", () => {
  const suite = ownJenkins();

  for (const [does, line] of [
    ["lists", ["list", "--csv"]],
    ["revokes", ["revoke", "--name", "*", "--yes"]],
  ] as const)
    it(`${does} the tokens of all other users if a user is deleted meanwhile`, async () => {
      const { jenkins } = suite;
      for (const user of ["alice", "bob"]) made(jenkins, user, "x");
      let isGone = false;
      jenkins.intercept = ({ path }) => {
        if (path === "/scriptText" && jenkins.scripts.at(-1)?.verb === "users") jenkins.removeUser("alice");
        isGone ||= jenkins.scripts.at(-1)?.verb === "users";
        return undefined;
      };
      const { code, said, aside } = await command([...line, "--all-users"], suite.as("admin"));
      assert.deepEqual([code, aside], [0, ""]);
      assert.match(said, /\bx\b/);
      assert.ok(isGone);
      assert.doesNotMatch(said, /alice/);
      assert.deepEqual(suite.names("bob"), does === "lists" ? ["x"] : []);
    });
});
