import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, type JenkinsOptions, startJenkins, type UserOptions } from "../jenkins/server.ts";
import { signsInAs } from "../support/login.ts";
import { memory, newProcess } from "../support/process.ts";
import { printed, quick } from "../support/quick.ts";

const admin: UserOptions = { id: "admin", password: "admin-password", administrator: true };
const program = { tokenName: "ci" };

describe("the user of a token", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  async function start(users: UserOptions[], options: JenkinsOptions = {}): Promise<void> {
    newProcess();
    jenkins = await startJenkins({ users: [admin, ...users], adminCanGenerateNewTokens: true, ...options });
  }

  function as(username: string | undefined, password = `${username}-password`): Context {
    const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: username, JENKINS_PASSWORD: password };
    return { config: undefined, memory: memory(), environment: username === undefined ? {} : login, limits: quick };
  }

  const names = (id: string) => jenkins.tokens(id).map(({ tokenName }) => tokenName);

  const ids = [
    "jane doe",
    "jane.doe@example.com",
    "50%",
    "%2F",
    "a/b",
    "back\\slash",
    "DOMAIN\\jane",
    "semi;colon",
    "jörg Müller",
    "雪だるま👩🏽‍🚀",
    "plus+minus",
    "hash#tag",
    "what?",
    "'quoted' \"twice\"",
    "<b>",
    "&amp;",
    "~tilde",
    "...",
    "a=b&c",
    "user",
    "configure",
  ];
  for (const id of ids) {
    for (const by of ["himself", "an administrator", "the script console"]) {
      it(`may be ${id}, with tokens managed by ${by}`, async () => {
        await start([{ id, password: "secret of it" }]);
        const token = new Engine(by === "himself" ? as(id, "secret of it") : as("admin"));
        const declared = by === "himself" ? program : { ...program, user: id };
        const inputs = by === "the script console" ? { ...declared, via: "scriptConsole" } : declared;
        await token.up(inputs);
        assert.deepEqual([token.outputs["userId"], names(id), await signsInAs(jenkins, token)], [id, ["ci"], id]);
        newProcess();
        assert.deepEqual([await token.refresh(), await token.up(inputs)], [true, "same"]);
        assert.equal(await token.up({ ...inputs, tokenName: "other" }), "update");
        assert.deepEqual(names(id), ["other"]);
        newProcess();
        token.context = as(undefined); // The token uses its own value.
        assert.equal(await token.refresh(), true);
        await token.destroy();
        assert.deepEqual(names(id), []);
        assert.deepEqual(
          jenkins.log.filter(({ status = 0 }) => status >= 400).map(({ path }) => path),
          [],
        );
      });
    }
  }

  for (const id of ["back\\slash", "a;b"]) {
    it(`may be ${id} on an old Jenkins`, async () => {
      await start([{ id, password: "secret of it" }], { version: "2.249.3" });
      const token = new Engine(as(id, "secret of it"));
      await token.up(program);
      assert.deepEqual([await token.refresh(), names(id)], [true, ["ci"]]);
      await token.destroy();
      assert.deepEqual(names(id), []);
    });
  }

  describe("with a backslash, which Jenkins 2.499 itself refuses in a path,", () => {
    const id = "back\\slash";

    it("manages his own tokens below /me/", async () => {
      await start([{ id, password: "secret of it" }], { version: "2.499" });
      const token = new Engine(as(id, "secret of it"));
      await token.up(program);
      assert.deepEqual([await token.refresh(), await token.up({ tokenName: "other" })], [true, "update"]);
      assert.deepEqual(names(id), ["other"]);
      newProcess();
      token.context = as(undefined); // The token uses its own value.
      assert.equal(await token.refresh(), true);
      await token.destroy();
      assert.deepEqual(names(id), []);
    });

    it("does not count as gone for an administrator", async () => {
      await start([{ id, password: "secret of it" }], { version: "2.499" });
      const token = new Engine(as(id, "secret of it"));
      await token.up(program);
      newProcess();
      token.context = as("admin");
      await assert.rejects(token.refresh(), { code: "ERR_JENKINS_REJECTED", status: 400 });
      assert.ok(token.recorded);
    });
  });

  it("may not have a colon in his id if he logs in himself", async () => {
    await start([{ id: "a:b", password: "secret of it" }]);
    await assert.rejects(
      async () => new Engine(as("a:b")).up(program),
      /a user id \(JENKINS_USER_ID\) with a colon can't log in/,
    );
    const token = new Engine(as("admin"));
    await token.up({ ...program, user: "a:b" });
    await token.destroy();
    assert.deepEqual(names("a:b"), []);
  });

  for (const via of ["rest", "scriptConsole"]) {
    it(`has the id in the server's spelling, whatever the spelling in the program, via ${via}`, async () => {
      await start([{ id: "Jane.Doe", password: "secret of it" }]);
      const token = new Engine(as("admin"));
      await token.up({ ...program, user: "JANE.DOE", via });
      assert.deepEqual([token.outputs["userId"], token.outputs["user"]], ["Jane.Doe", "JANE.DOE"]);
      assert.equal(await token.up({ ...program, user: "jane.doe", via }), "same");
      assert.equal(await token.up({ ...program, user: "admin", via }), "replace");
      assert.deepEqual([names("Jane.Doe"), names("admin")], [[], ["ci"]]);
    });
  }

  it("has the id in the server's spelling, whatever the spelling in the login", async () => {
    await start([{ id: "Jane.Doe", password: "secret of it" }]);
    const token = new Engine(as("jane.DOE", "secret of it"));
    await token.up({ ...program, user: "JANE.doe" });
    assert.deepEqual([token.outputs["userId"], names("Jane.Doe")], ["Jane.Doe", ["ci"]]);
    newProcess();
    assert.deepEqual([await token.refresh(), await token.up(program)], [true, "same"]);
  });

  for (const via of ["rest", "scriptConsole"]) {
    it(`cannot be given by full name, via ${via}`, async () => {
      await start([{ id: "jane", fullName: "Jane Doe", password: "jane-password" }]);
      const token = new Engine(as("admin"));
      await assert.rejects(token.up({ ...program, user: "Jane Doe", via }), {
        code: "ERR_JENKINS_REJECTED",
        message: /Jane Doe is not an id but the full name of jane\. Name users by their id\.$/,
      });
      assert.deepEqual([token.recorded, names("jane")], [undefined, []]);
    });
  }

  it("is the user with the given id, even if that is also another user's full name", async () => {
    await start([
      { id: "jane", fullName: "bob", password: "jane-password" },
      { id: "bob", fullName: "jane" },
    ]);
    for (const id of ["bob", "jane"]) {
      const token = new Engine(as("admin"));
      await token.up({ ...program, user: id });
      assert.deepEqual([token.outputs["userId"], names(id)], [id, ["ci"]]);
    }
  });

  for (const what of ["refresh", "destroy"]) {
    it(`is not confused by ${what}, after he is gone, with another user who has his id as a full name`, async () => {
      await start([{ id: "bob" }, { id: "jane", fullName: "bob", password: "jane-password" }]);
      const token = new Engine(as("admin"));
      await token.up({ ...program, user: "bob" });
      const { recorded } = token;
      jenkins.removeUser("bob");
      const { tokenUuid } = jenkins.generate("jane", "ci");
      newProcess();
      jenkins.log.length = 0;
      // Even with the same uuid, as after a restored backup, it would be another token.
      const [hers] = jenkins.tokens("jane");
      assert.ok(hers && hers.tokenUuid === tokenUuid && recorded);
      hers.tokenUuid = recorded.id;
      await printed(async () => {
        if (what === "refresh") assert.equal(await token.refresh(), false);
        else await token.destroy();
      });
      assert.deepEqual([names("jane"), jenkins.requests("POST", "revoke")], [["ci"], []]);
    });
  }

  it("is refused if he does not exist, and no user is created", async () => {
    await start([]);
    const token = new Engine(as("admin"));
    await assert.rejects(token.up({ ...program, user: "carol" }), { code: "ERR_JENKINS_REJECTED", status: 404 });
    assert.throws(() => jenkins.tokens("carol"));
    assert.equal(token.recorded, undefined);
  });

  for (const user of [".", ".."]) {
    it(`cannot be ${user}, which is a path and not a user`, async () => {
      await start([]);
      await assert.rejects(new Engine(as("admin")).up({ ...program, user }), /must be a user id/);
      assert.deepEqual(jenkins.log, []);
    });
  }

  it("is refused if an administrator logs in, and the error names the three ways to create the token", async () => {
    await start([{ id: "bob", password: "bob-password" }], { adminCanGenerateNewTokens: false });
    const token = new Engine(as("admin"));
    await assert.rejects(token.up({ ...program, user: "bob" }), (error: Error) => {
      assert.match(error.message, /Jenkins lets nobody create an API token for another user, not even administrators/);
      assert.match(error.message, /Log in as that user instead of admin,/);
      assert.match(error.message, /-Djenkins\.security\.ApiTokenProperty\.adminCanGenerateNewTokens=true,/);
      assert.match(error.message, /or log in as an administrator and declare `via: "scriptConsole"`\.$/);
      return true;
    });
    assert.deepEqual([token.recorded, names("bob")], [undefined, []]);
    const asked = jenkins.requests("POST", "generateNewToken");
    assert.equal(asked.length, 1, "an empty 403 is meant, and not doubtful");

    await new Engine(as("bob")).up({ ...program, user: "bob" });
    await token.up({ ...program, user: "bob", via: "scriptConsole" });
    await jenkins.close();
    await start([{ id: "bob" }]);
    await new Engine(as("admin")).up({ ...program, user: "bob" });
    assert.deepEqual(names("bob"), ["ci"]);
  });
});
