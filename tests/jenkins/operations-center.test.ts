import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { type Jenkins, startJenkins } from "./server.ts";

describe("The simulated Jenkins, connected to an operations center,", () => {
  let jenkins: Jenkins;
  let alice: Caller;

  beforeEach(async () => {
    jenkins = await startJenkins({ wipesTokensAtLogin: true });
    alice = new Caller(jenkins.url, "alice", "alice-password");
  });

  afterEach(() => jenkins.close());

  function names(): string[] {
    return jenkins.tokens("alice").map((token) => token.tokenName);
  }

  it("keeps a token while the session lasts, and while only tokens log in", async () => {
    const session = await alice.crumb();
    jenkins.generate("alice", "by hand");
    const response = await alice.own("generateNewToken", { newTokenName: "ci" }, session);
    const { data } = (await response.json()) as { data: { tokenValue: string } };
    await alice.get("/me/api/json", session);
    assert.equal((await new Caller(jenkins.url, "alice", data.tokenValue).get("/me/api/json")).status, 200);
    assert.deepEqual(names(), ["by hand", "ci"]);
  });

  it("deletes the token at its user's next login by password", async () => {
    await alice.own("generateNewToken", { newTokenName: "ci" }, await alice.crumb());
    await alice.get("/whoAmI/api/json");
    assert.deepEqual(names(), []);
    jenkins.restart();
    assert.deepEqual(names(), []);
  });

  it("deletes the token also at a login in another user's session", async () => {
    const { Cookie = "" } = await new Caller(jenkins.url, "bob", "bob-password").crumb();
    jenkins.generate("alice", "ci");
    await alice.get("/whoAmI/api/json", { Cookie });
    assert.deepEqual(names(), []);
  });

  it("keeps the token at a wrong password, and at another user's login", async () => {
    jenkins.generate("alice", "ci");
    await new Caller(jenkins.url, "alice", "wrong").get("/whoAmI/api/json");
    await new Caller(jenkins.url, "bob", "bob-password").crumb();
    assert.deepEqual(names(), ["ci"]);
  });

  it("keeps all tokens without an operations center", async () => {
    await jenkins.close();
    jenkins = await startJenkins();
    jenkins.generate("alice", "ci");
    await new Caller(jenkins.url, "alice", "alice-password").crumb();
    assert.deepEqual(names(), ["ci"]);
  });
});
