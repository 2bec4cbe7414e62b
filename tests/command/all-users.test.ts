import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Jenkins } from "../jenkins/server.ts";
import { command, made } from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";

describe("pulumi-jenkins with --all-users", () => {
  let fleet: Fleet;
  let a: Jenkins;
  let file: string;

  beforeEach(async () => {
    fleet = new Fleet();
    const [started] = await fleet.start(1);
    assert.ok(started);
    a = started;
    file = fleet.file([entry(a.url, "admin")]);
  });

  afterEach(() => fleet.end());

  for (const [does, line] of [
    ["lists", ["list", "--csv"]],
    ["revokes", ["revoke", "--name", "*", "--yes"]],
  ] as const)
    it(`${does} the tokens of all other users if a user is deleted meanwhile`, async () => {
      for (const user of ["alice", "bob"]) made(a, user, "x");
      let isGone = false;
      a.intercept = ({ path }) => {
        if (path === "/scriptText" && a.scripts.at(-1)?.verb === "users") a.removeUser("alice");
        isGone ||= a.scripts.at(-1)?.verb === "users";
        return undefined;
      };
      const { code, said, aside } = await command([...line, "--all-users", "--controllers", file], {
        environment: PASSWORDS,
      });
      assert.deepEqual([code, aside], [0, ""]);
      assert.match(said, /\bx\b/);
      assert.ok(isGone);
      assert.doesNotMatch(said, /alice/);
      assert.deepEqual(
        a.tokens("bob").map(({ tokenName }) => tokenName),
        does === "lists" ? ["x"] : [],
      );
    });
});
