import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { UNKNOWN } from "../../provider/properties.ts";
import { resources } from "../../provider/resources/index.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { autoNamed, FixedValues, named, OTHER, UNFINISHED, VALUE } from "../support/fixed-value.ts";
import { signsIn, signsInAs } from "../support/login.ts";
import { newProcess } from "../support/process.ts";

const DAY_MS = 86_400_000;

describe("a token with a declared value", () => {
  const run = new FixedValues();

  for (const version of ["2.313", "2.475", "2.568.1"]) {
    it(`is created with that value, renamed, found, replaced and revoked on Jenkins ${version}`, async () => {
      const token = await run.start({ version });
      await token.up(named);
      run.holds(token);
      assert.equal(await signsInAs(run.jenkins, token), "alice");
      const [added] = run.jenkins.requests("POST", "addFixedToken");
      assert.match(added?.form["newTokenName"] ?? "", UNFINISHED);
      assert.equal(added?.form["newTokenPlainValue"], VALUE);
      assert.deepEqual(run.posts(), ["addFixedToken", "rename"]);
      assert.deepEqual([await token.refresh(), await token.up(named)], [true, "same"]);
      assert.equal(await token.up({ ...named, tokenName: "other" }), "update");
      run.holds(token, "other");
      assert.equal(await token.up({ ...named, triggers: { round: "2" } }), "replace");
      run.holds(token);
      await token.destroy();
      assert.deepEqual([run.names(), await signsIn(run.jenkins, "alice", VALUE)], [[], false]);
    });

    it(`is created for another user by an administrator through the script console of Jenkins ${version}`, async () => {
      const token = await run.start({ version });
      const ofBob = { ...named, user: "bob", via: "scriptConsole" };
      token.context = run.as("admin");
      await token.up(ofBob);
      run.holds(token, "ci", "bob");
      assert.equal(await signsInAs(run.jenkins, token), "bob");
      assert.equal(await token.up({ ...ofBob, triggers: { round: "2" } }), "replace");
      run.holds(token, "ci", "bob");
      run.later();
      run.jenkins.revoke("bob", token.id);
      assert.deepEqual([await token.refresh(), await token.up(ofBob)], [false, "create"]);
      run.holds(token, "ci", "bob");
      await token.destroy();
      assert.deepEqual([run.names("bob"), new Set(run.posts())], [[], new Set(["scriptText"])]);
    });
  }

  it("shows no part of the value in a name, a path or a header", async () => {
    const token = await run.start();
    await token.up(autoNamed);
    const { tokenName } = token.outputs;
    assert.match(String(tokenName), /^project\/stack\/ci-[0-9a-f]{8}$/);
    run.holds(token, tokenName);
    const told = run.jenkins.log.map(({ path, headers }) => path + JSON.stringify(headers)).join();
    const asked = run.jenkins.log.map(({ form }) => form["newTokenName"] ?? "").join();
    assert.match(asked, /project\/stack\/ci \(pulumi [0-9a-f]{16}\)/);
    for (const part of [VALUE, VALUE.slice(2), VALUE.slice(2, 10)]) assert.ok(!(told + asked).includes(part));
  });

  for (const version of ["2.169", "2.249.3"]) {
    it(`is refused on Jenkins ${version}, which accepts no declared value, and leaves nothing`, async () => {
      for (const program of [named, { ...named, user: "bob", via: "scriptConsole" }]) {
        const token = await run.start({ version });
        token.context = run.as(program === named ? "alice" : "admin");
        await assert.rejects(token.up(program), {
          code: "ERR_JENKINS_REJECTED",
          message: /A fixedValue needs Jenkins 2\.260, LTS 2\.263\.1: upgrade it, or leave out fixedValue\.$/,
        });
        assert.deepEqual([token.recorded, run.names(), run.names("bob"), run.posts()], [undefined, [], [], []]);
      }
    });
  }

  it("gets its last day from the page or from the script console, and is replaced after it", async () => {
    const days = (id: string) => run.jenkins.tokens(id).map(({ expiresOn }) => expiresOn);
    for (const [owner, signedIn, more] of [
      ["alice", "alice", {}],
      ["bob", "admin", { user: "bob", via: "scriptConsole" }],
    ] as const) {
      const token = await run.start();
      token.context = run.as(signedIn);
      const expiring = { ...named, ...more, expiresInDays: 30 };
      await token.up(expiring);
      assert.deepEqual([token.outputs["expiresOn"]], days(owner));
      run.holds(token, "ci", owner);
      assert.equal(await token.up(expiring), "same");
      run.later(32 * DAY_MS);
      assert.equal(await token.up(expiring), "replace");
      assert.deepEqual([token.outputs["expiresOn"]], days(owner));
      run.holds(token, "ci", owner);
    }
  });

  it("is revoked, and refused, if Jenkins ignores the expiry", async () => {
    const token = await run.start({ version: "2.532" });
    await assert.rejects(token.up({ ...named, expiresInDays: 30 }), { message: /Expiry needs Jenkins 2\.548/ });
    assert.deepEqual([token.recorded, run.names()], [undefined, []]);
  });

  it("is replaced for another value: the new token is created first, then the old one is revoked by uuid", async () => {
    const token = await run.start();
    await token.up(named);
    const { id } = token;
    run.later();
    assert.equal(await token.up({ ...named, fixedValue: OTHER }), "replace");
    assert.deepEqual(run.posts(), ["addFixedToken", "rename", "revoke"]);
    assert.equal(run.jenkins.requests("POST", "revoke")[0]?.form["tokenUuid"], id);
    assert.deepEqual([token.outputs["tokenValue"], run.uuids()], [OTHER, [token.id]]);
    assert.equal(await token.up({ tokenName: "ci" }), "replace");
    assert.notEqual(token.outputs["tokenValue"], OTHER);
    assert.ok(!("fixedValue" in token.outputs));
  });

  it("is not replaced if the declared value is the one that it already has", async () => {
    const token = await run.start();
    await token.up({ tokenName: "ci" });
    const { id, outputs } = token;
    const fixed = { tokenName: "ci", fixedValue: outputs["tokenValue"] };
    assert.deepEqual([await token.up(fixed), await token.up(fixed), token.id], ["update", "same", id]);
    assert.deepEqual(token.outputs, { ...outputs, fixedValue: outputs["tokenValue"] });
  });

  it("is replaced in a preview with an unknown value, and shows a known value", async () => {
    const token = await run.start();
    await token.up(named);
    assert.equal(token.preview({ ...named, fixedValue: UNKNOWN }), "replace");
    const { previewCreate } = resources.ApiToken;
    assert.equal(previewCreate(named, run.as("alice"))["tokenValue"], VALUE);
    assert.equal(previewCreate({ ...named, fixedValue: UNKNOWN }, run.as("alice"))["tokenValue"], UNKNOWN);
  });

  it("is created again with the same value after Jenkins, or only the token, was lost", async () => {
    const token = await run.start();
    await token.up(named);
    const { outputs } = token;
    run.jenkins.revoke("alice", token.id);
    run.later();
    assert.deepEqual([await token.refresh(), await token.up(named)], [false, "create"]);
    run.holds(token);

    await run.startAnother();
    newProcess();
    const { userId, tokenValue } = outputs;
    token.recorded = { id: token.id, outputs: { ...token.outputs, jenkinsUrl: run.jenkins.url } }; // The same URL.
    token.context = run.as("alice");
    assert.deepEqual([await token.refresh(), await token.up(named)], [false, "create"]);
    run.holds(token);
    assert.deepEqual([token.outputs["userId"], token.outputs["tokenValue"]], [userId, tokenValue]);
  });

  it("can exist on two controllers at once", async () => {
    const blue = await run.start();
    await blue.up(named);
    const { jenkins } = run;
    await run.startAnother();
    const green = new Engine(run.as("alice"));
    await green.up(named);
    run.holds(green);
    assert.deepEqual([await signsInAs(jenkins, blue), await signsInAs(run.jenkins, green)], ["alice", "alice"]);
    await blue.destroy();
    assert.equal(await signsInAs(run.jenkins, green), "alice");
  });

  it("is gone if the lists do not show it, without a try of its value", async () => {
    const token = await run.start();
    await token.up(named);
    const twin = new Engine(run.as("alice"));
    await twin.up({ ...named, tokenName: "twin" });
    run.jenkins.revoke("alice", token.id);
    run.later();
    assert.deepEqual([await token.refresh(), await twin.refresh()], [false, true]);
    const tried = run.jenkins.log.filter(({ headers }) => headers.authorization?.includes(basic(VALUE)));
    assert.deepEqual(tried, []);
  });

  it("is distinguished by its uuid from another with its value, even if it revokes itself", async () => {
    const token = await run.start();
    await token.up(named);
    const twin = new Engine(run.as("alice"));
    await twin.up({ ...named, tokenName: "twin" });
    run.later();
    token.context = { ...token.context, environment: {} };
    assert.equal(await token.refresh(), true);
    // A proxy answers in Jenkins' place each time, so no reply proves anything.
    run.jenkins.intercept = ({ path }) => (path.endsWith("/revoke") ? { kind: "replace", status: 200 } : undefined);
    await token.destroy();
    run.holds(twin, "twin");
  });

  for (const program of [named, { tokenName: "ci" }]) {
    const which =
      "fixedValue" in program ? "two tokens with it" : "two tokens with it, which Jenkins has chosen for the first,";
    it(`still logs in with the value after one of ${which} was revoked`, async () => {
      const token = await run.start();
      await token.up(program);
      const fixedValue = String(token.outputs["tokenValue"]);
      const twin = new Engine(run.as("alice"));
      await twin.up({ tokenName: "twin", fixedValue });
      run.later();
      const environment = { JENKINS_URL: run.jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: fixedValue };
      token.context = { ...token.context, environment };
      twin.context = token.context;
      // A proxy answers in Jenkins' place, so no reply proves the revoke.
      run.answer("revoke", { kind: "replace", status: 200 });
      await token.destroy();
      assert.equal(await twin.up({ tokenName: "renamed", fixedValue }), "update");
      assert.deepEqual([run.uuids(), run.names()], [[twin.id], ["renamed"]]);
    });
  }

  it("gets a default name when the declared name is removed", async () => {
    const token = await run.start();
    await token.up({ ...named, autoName: "project/stack/ci" });
    run.holds(token);
    assert.equal(await token.up(autoNamed), "update");
    assert.match(String(token.outputs["tokenName"]), /^project\/stack\/ci-[0-9a-f]{8}$/);
    assert.equal(await token.up({ ...named, autoName: "project/stack/ci" }), "update");
    run.holds(token);
  });
});

const basic = (value: string) => Buffer.from(`alice:${value}`).toString("base64");
