import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { newestVersion } from "./profiles.ts";
import { type Jenkins, startJenkins, type UserOptions } from "./server.ts";

/** Each id with its URL, as Jenkins writes it. */
const oddIds = {
  "a b": "a%20b",
  "ü@x.de": "%C3%BC@x.de",
  "per%cent": "per%25cent",
  "semi;colon": "semi%3Bcolon",
  Alice2: "alice2",
  "ali+ce": "ali+ce",
  "sla/sh": "sla%2Fsh",
  "back\\slash": "back%5Cslash",
  "q?m": "q%3Fm",
  "ha#sh": "ha%23sh",
  'quo"te': "quo%22te",
  "apo's": "apo's",
  "<b>": "%3Cb%3E",
  "dot.": "dot.",
  雪だるま: "%E9%9B%AA%E3%81%A0%E3%82%8B%E3%81%BE",
};

describe("A user of the simulated Jenkins", () => {
  let jenkins: Jenkins;

  async function start(...users: UserOptions[]): Promise<void> {
    await startVersion(newestVersion, ...users);
  }

  async function startVersion(version: string, ...users: UserOptions[]): Promise<void> {
    jenkins = await startJenkins({ version, users: users.map((user) => ({ password: "pw", ...user })) });
  }

  async function idAt(path: string, caller: string): Promise<unknown> {
    const response = await new Caller(jenkins.url, caller, "pw").get(`${path}/api/json?tree=id`);
    return response.status === 200 ? ((await response.json()) as { id?: string }).id : response.status;
  }

  /** Sends a path with dots, which `fetch` would resolve. */
  async function raw(method: string, path: string, id: string, secret: string): Promise<[number, string]> {
    const sent = request(jenkins.url, { method, path, auth: `${id}:${secret}` }).end();
    const [message] = (await once(sent, "response")) as [IncomingMessage];
    return [message.statusCode ?? 0, await text(message)];
  }

  afterEach(() => jenkins.close());

  for (const [id, url] of Object.entries(oddIds)) {
    it(`can have the id ${id}`, async () => {
      await start({ id });
      const path = `/user/${encodeURIComponent(id)}`;
      const caller = new Caller(jenkins.url, id, jenkins.generate(id, "to sign in with").tokenValue);
      const bean = await (await caller.get("/me/api/json?tree=id,absoluteUrl")).json();
      assert.deepEqual(bean, { _class: "hudson.model.User", absoluteUrl: `${jenkins.url}/user/${url}`, id });
      assert.equal(await idAt(path, id), id);
      const whoAmI = await (await caller.get("/whoAmI/api/json")).text();
      assert.ok(whoAmI.includes(`"name":${JSON.stringify(id)}`));
      const method = "descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken";
      assert.equal((await caller.post(`${path}/${method}`, { newTokenName: "odd" })).status, 200);
      assert.deepEqual(
        jenkins.tokens(id).map((token) => token.tokenName),
        ["to sign in with", "odd"],
      );
      const page = await (await caller.get(`${path}/security/`)).text();
      assert.ok(page.includes(`data-target-url="${path}/${method}"`));
    });
  }

  it("cannot be reached on 2.499 with a backslash in the id, except below /me/", async () => {
    await startVersion("2.499", { id: "back\\slash" });
    assert.equal(await idAt("/user/back%5Cslash", "back\\slash"), 400);
    assert.equal(await idAt("/me", "back\\slash"), "back\\slash");
  });

  it("keeps the spelling of the id, whatever spelling a request has", async () => {
    await start({ id: "AbC" });
    const asked = ["/user/abc", "/user/ABC", "/me"].map((path) => idAt(path, "aBC"));
    assert.deepEqual(await Promise.all(asked), ["AbC", "AbC", "AbC"]);
  });

  it("is found by the exact full name, also for a POST, but not for a login", async () => {
    await start({ id: "gina", fullName: "Gina Full Name" });
    assert.equal(await idAt("/user/Gina%20Full%20Name", "gina"), "gina");
    assert.equal(await idAt("/user/gina%20full%20name", "gina"), 404);
    assert.equal(await idAt("/me", "Gina Full Name"), 401);
    const { tokenValue } = jenkins.generate("gina", "to sign in with");
    const path = "/user/Gina%20Full%20Name/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken";
    assert.equal((await new Caller(jenkins.url, "gina", tokenValue).post(path)).status, 200);
    assert.equal(jenkins.tokens("gina").length, 2);
  });

  it("is found by id before another user's full name", async () => {
    await start({ id: "fred", fullName: "bob" }, { id: "bob" });
    assert.equal(await idAt("/user/bob", "fred"), "bob");
  });

  it("is found if slashes and angle brackets stand for underscores, and no other user matches", async () => {
    await start({ id: "a_b_" });
    assert.equal(await idAt("/user/a%2Fb%5C", "a_b_"), "a_b_");
    jenkins.addUser({ id: "a/b\\" });
    assert.equal(await idAt("/user/a%2Fb%5C", "a_b_"), "a/b\\");
  });

  it("cannot be reached by two dots, which lead to the root without a user", async () => {
    await start({ id: "..", administrator: true });
    const { tokenValue } = jenkins.generate("..", "to sign in with");
    for (const path of ["/user/..", "/user/%2e%2e"]) {
      const root = await raw("GET", `${path}/api/json?tree=id`, "..", tokenValue);
      assert.deepEqual(root, [200, '{"_class":"hudson.model.Hudson"}']);
      const method = `${path}/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken`;
      assert.equal((await raw("POST", method, "..", tokenValue))[0], 500);
      assert.equal((await raw("GET", `${path}/security/`, "..", tokenValue))[0], 404);
    }
    assert.equal(await idAt("/me", ".."), "..");
  });

  it("cannot log in with a colon in the id, or in another encoding than UTF-8", async () => {
    await start({ id: "a:b" }, { id: "ü" });
    assert.equal(await idAt("/me", "a:b"), 401);
    assert.equal(await idAt("/me", "ü"), "ü");
    const Authorization = `Basic ${Buffer.from("ü:pw", "latin1").toString("base64")}`;
    assert.equal((await new Caller(jenkins.url).get("/me/api/json", { Authorization })).status, 401);
  });
});
