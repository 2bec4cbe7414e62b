import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "./server.ts";

const value = "0123456789abcdef0123456789abcdef";

describe("The legacy token of the simulated Jenkins", () => {
  let jenkins: Jenkins;

  async function start(options: JenkinsOptions = {}): Promise<void> {
    jenkins = await startJenkins(options);
  }

  async function signsIn(secret: string | undefined): Promise<boolean> {
    const response = await new Caller(jenkins.url, "alice", secret).get("/whoAmI/api/json");
    return response.status === 200;
  }

  afterEach(() => jenkins.close());

  it("exists from the start for a user with a legacy token, and for all users if Jenkins creates one", async () => {
    await start({ users: [{ id: "alice", legacyToken: value }, { id: "bob" }] });
    assert.deepEqual([jenkins.legacyToken("alice"), jenkins.legacyToken("bob")], [value, undefined]);
    await jenkins.close();
    await start({ tokenGenerationOnCreationEnabled: true });
    jenkins.addUser({ id: "carl" });
    for (const id of ["alice", "carl"]) assert.match(jenkins.legacyToken(id) ?? "", /^[0-9a-f]{32}$/);
  });

  it("logs in, and is in the list of tokens", async () => {
    await start({ users: [{ id: "alice", legacyToken: value }] });
    assert.ok(await signsIn(value));
    const [token] = jenkins.tokens("alice");
    assert.deepEqual([token?.tokenName, token?.isLegacy, token?.useCount], ["Legacy Token", true, 1]);
    assert.equal(jenkins.log[0]?.login, "token");
  });

  it("stops working at once when it is replaced", async () => {
    await start({ users: [{ id: "alice", legacyToken: value }] });
    const next = jenkins.changeLegacyToken("alice");
    assert.equal(jenkins.tokens("alice").length, 1);
    assert.deepEqual([await signsIn(value), await signsIn(next)], [false, true]);
  });

  it("stays revoked after a revoke by its uuid", async () => {
    await start({ users: [{ id: "alice", legacyToken: value }] });
    const tokenUuid = jenkins.tokens("alice")[0]?.tokenUuid ?? "";
    const alice = new Caller(jenkins.url, "alice", value);
    assert.equal((await alice.own("revoke", { tokenUuid })).status, 200);
    assert.equal(jenkins.legacyToken("alice"), undefined);
    assert.equal(await signsIn(value), false);
  });

  it("comes back after a restart that loses unwritten changes", async () => {
    await start({ users: [{ id: "alice", legacyToken: value }] });
    const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "x").tokenValue);
    await alice.own("generateNewToken", { newTokenName: "nul\0" });
    assert.equal((await alice.own("changeToken", {})).status, 500);
    assert.notEqual(jenkins.legacyToken("alice"), value);
    jenkins.restart();
    assert.equal(jenkins.legacyToken("alice"), value);
    assert.ok(await signsIn(value));
  });
});
