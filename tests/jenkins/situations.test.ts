import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";
import { collide } from "../support/plugin-held.ts";
import { Caller } from "./caller.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "./server.ts";

interface Generated {
  status: string;
  message?: string;
  data: { tokenName: string; tokenUuid: string; aboutToExpire: boolean; expirationDate: string };
}

const noon = new Date("2026-11-22T12:00:00Z");

describe("The simulated Jenkins, as recorded of a real one in special situations,", () => {
  let jenkins: Jenkins;
  let now = noon;

  async function start(options: JenkinsOptions = {}): Promise<Jenkins> {
    now = noon;
    jenkins = await startJenkins({ now: () => now, ...options });
    return jenkins;
  }

  function byPassword(id = "alice", password = `${id}-password`): Caller {
    return new Caller(jenkins.url, id, password);
  }

  function byToken(id = "alice", owner = id): Caller {
    return new Caller(jenkins.url, id, jenkins.generate(owner, "to sign in with").tokenValue);
  }

  function names(id = "alice"): string[] {
    return jenkins.tokens(id).map((token) => token.tokenName);
  }

  async function statuses(...responses: Promise<Response>[]): Promise<number[]> {
    return (await Promise.all(responses)).map((response) => response.status).sort((a, b) => a - b);
  }

  async function generated(response: Promise<Response>): Promise<Generated> {
    return (await (await response).json()) as Generated;
  }

  afterEach(() => jenkins.close());

  it("answers 500 to the later of two simultaneous writes, and carries out both", async () => {
    await start();
    collide(jenkins, "/generateNewToken");
    const caller = byToken();
    const both = [
      caller.own("generateNewToken", { newTokenName: "a" }),
      caller.own("generateNewToken", { newTokenName: "b" }),
    ];
    assert.deepEqual(await statuses(...both), [200, 500]);
    assert.deepEqual(new Set(names()), new Set(["to sign in with", "a", "b"]));
  });

  it("carries out two simultaneous renames without an error", async () => {
    await start();
    collide(jenkins, "/rename");
    const caller = byToken();
    const renames = ["a", "b"].map((newName) => {
      return caller.own("rename", { tokenUuid: jenkins.generate("alice", "x").tokenUuid, newName });
    });
    assert.deepEqual(await statuses(...renames), [200, 200]);
  });

  it("cannot save a user who has a token with a NUL in its name, until that token is revoked", async () => {
    await start();
    const caller = byToken();
    assert.equal((await caller.own("generateNewToken", { newTokenName: "nul\0" })).status, 500);
    assert.equal((await caller.own("generateNewToken", { newTokenName: "after" })).status, 500);
    assert.deepEqual(names().slice(1), ["nul\0", "after"]);
    const bad = jenkins.tokens("alice").find((token) => token.tokenName === "nul\0");
    assert.equal((await caller.own("revoke", { tokenUuid: bad?.tokenUuid ?? "" })).status, 200);
    assert.equal((await caller.own("generateNewToken", { newTokenName: "cured" })).status, 200);
  });

  it("loses only unsaved changes in a restart", async () => {
    await start();
    const caller = byToken();
    await caller.own("generateNewToken", { newTokenName: "kept" });
    await caller.own("generateNewToken", { newTokenName: "nul\0" });
    await caller.own("revoke", { tokenUuid: jenkins.tokens("alice")[1]?.tokenUuid ?? "" });
    jenkins.restart();
    assert.deepEqual(names(), ["to sign in with", "kept"]);
    assert.equal((await caller.get("/whoAmI/api/json")).status, 200);
  });

  it("loses a change that is being saved during a restart, and does not report success", async () => {
    await start({ generateMs: 2_000 });
    const asked = byToken().own("generateNewToken", { newTokenName: "a" });
    while (names().length < 2) await sleep(1);
    jenkins.restart();
    assert.deepEqual(await statuses(asked), [500]);
    assert.deepEqual(names(), ["to sign in with"]);
  });

  it("loses sessions and their crumbs in a restart", async () => {
    await start();
    const caller = byPassword();
    const old = await caller.crumb();
    assert.equal((await caller.own("generateNewToken", {}, old)).status, 200);
    jenkins.restart();
    const refused = await caller.own("generateNewToken", {}, old);
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get("set-cookie") ?? "", /^JSESSIONID\.[0-9a-f]{8}=/);
    assert.equal((await caller.own("generateNewToken", {}, await caller.crumb())).status, 200);
  });

  it("accepts a token until the end of its expiry day", async () => {
    await start();
    const { tokenValue } = jenkins.generate("alice", "short", "2026-11-22");
    const caller = new Caller(jenkins.url, "alice", tokenValue);
    now = new Date("2026-11-22T23:59:59Z");
    assert.equal((await caller.get("/whoAmI/api/json")).status, 200);
    now = new Date("2026-11-23T00:00:00Z");
    assert.equal((await caller.get("/whoAmI/api/json")).status, 401);
  });

  it("warns of an expiry six days ahead, but not seven", async () => {
    await start();
    const caller = byToken();
    const six = await generated(caller.own("generateNewToken", { expirationDuration: "6" }));
    const seven = await generated(caller.own("generateNewToken", { expirationDuration: "+7" }));
    assert.deepEqual([six.data.aboutToExpire, seven.data.aboutToExpire], [true, false]);
    assert.equal(jenkins.tokens("alice").at(-1)?.expiresOn, "2026-11-29");
  });

  it("shows an expiry in the caller's language", async () => {
    await start();
    const form = { expirationDuration: "custom", tokenExpiration: "2031-01-31" };
    const caller = byToken();
    const dates: Record<string, string> = {};
    for (const language of ["sv-SE", "de", "en-GB", "ja", "en-US"]) {
      const reply = await generated(caller.own("generateNewToken", form, { "Accept-Language": language }));
      dates[language] = reply.data.expirationDate;
    }
    assert.deepEqual(dates, {
      "sv-SE": "2031-01-31",
      de: "31.01.31",
      "en-GB": "31/01/2031",
      ja: "2031/01/31",
      "en-US": "1/31/31",
    });
  });

  it("refuses a past expiry with a 200, and fails on an invalid one", async () => {
    await start();
    const caller = byToken();
    const past = await generated(caller.own("generateNewToken", { expirationDuration: "-1" }));
    assert.deepEqual(past, { status: "error", message: "Expiration date is in the past." });
    for (const tokenExpiration of ["", "2027-2-5", "2027-02-30", "soon"]) {
      const form = { expirationDuration: "custom", tokenExpiration };
      assert.equal((await caller.own("generateNewToken", form)).status, 500, tokenExpiration);
    }
    assert.deepEqual(names(), ["to sign in with"]);
  });

  it("colours the expiries on the page", async () => {
    await start();
    jenkins.generate("alice", "a", "2026-11-21");
    jenkins.generate("alice", "b", "2026-11-28");
    jenkins.generate("alice", "c", "2026-11-29");
    jenkins.generate("alice", "d");
    const page = await (await byPassword().get("/user/alice/security/", { "Accept-Language": "sv-SE" })).text();
    const found = [...page.matchAll(/class="(\w*) token-creation">([^<]*)</g)].map(([, alarm, text]) => [alarm, text]);
    assert.deepEqual(found, [
      ["error", "This token has expired"],
      ["warning", "Expires on 2026-11-28"],
      ["", "Expires on 2026-11-29"],
      ["warning", "This token does not expire"],
    ]);
  });

  it("finds a user by id in any case, then by full name, and accepts only the id for a login", async () => {
    await start({
      users: [
        { id: "AbC", fullName: "Ada", password: "pw" },
        { id: "ada", password: "pw", fullName: "abc" },
      ],
    });
    const users = ["abc", "ABC", "Ada", "ADA"].map(async (name) => {
      const response = await byPassword("aBc", "pw").get(`/user/${name}/api/json?tree=id`);
      return ((await response.json()) as { id: string }).id;
    });
    assert.deepEqual(await Promise.all(users), ["AbC", "AbC", "ada", "ada"]);
    jenkins.removeUser("ada");
    const byFullName = await byPassword("AbC", "pw").get("/user/Ada/api/json?tree=id,fullName,absoluteUrl");
    assert.equal(
      await byFullName.text(),
      `{"_class":"hudson.model.User","absoluteUrl":"${jenkins.url}/user/abc","fullName":"Ada","id":"AbC"}`,
    );
    assert.equal((await byPassword("Ada", "pw").get("/whoAmI/api/json")).status, 401);
  });

  it("distinguishes ids with special characters by their encoding", async () => {
    const ids = ["a b", "ü@x.de", "per%cent", "semi;colon", "sla/sh", "back\\slash", "q?m", "ha#sh", "雪だるま"];
    await start({ users: ids.map((id) => ({ id, password: "pw" })) });
    for (const id of ids) {
      const response = await byPassword(id, "pw").get(`/user/${encodeURIComponent(id)}/api/json?tree=id`);
      assert.deepEqual(await response.json(), { _class: "hudson.model.User", id });
    }
    assert.equal((await byPassword("a b", "pw").get("/user/semi;colon/api/json")).status, 400);
    assert.equal((await byPassword("a b", "pw").get("/user/a+b/api/json")).status, 404);
  });

  it("lets a user without Overall/Read only ask for his identity", async () => {
    await start({ users: [{ id: "alice", password: "alice-password", read: false }] });
    const caller = byToken();
    assert.equal((await caller.get("/whoAmI/api/json")).status, 200);
    assert.equal((await caller.get("/login")).status, 200);
    const denied = await caller.own("revoke", { tokenUuid: jenkins.tokens("alice")[0]?.tokenUuid ?? "" });
    assert.equal(denied.status, 403);
    assert.match(
      await denied.text(),
      /<h1>Access Denied<\/h1><p class="error">alice is missing the Overall\/Read permission/,
    );
    assert.equal(denied.headers.get("X-Required-Permission"), "hudson.model.Hudson.Read");
  });

  it("has no crumb issuer without CSRF protection, and needs no crumb", async () => {
    await start({ csrf: false });
    const caller = byPassword();
    assert.equal((await caller.get("/crumbIssuer/api/json")).status, 404);
    assert.equal((await new Caller(jenkins.url).get("/crumbIssuer/api/json")).status, 403);
    assert.equal((await caller.own("generateNewToken", {}, { "Jenkins-Crumb": "deadbeef" })).status, 200);
  });

  it("answers only below its context path, and Jetty answers elsewhere", async () => {
    await start({ contextPath: "/ci", crumbRequestField: ".crumb-field" });
    const caller = byPassword();
    const crumb = await caller.get("/crumbIssuer/api/json");
    assert.match(crumb.headers.get("set-cookie") ?? "", /; Path=\/ci; HttpOnly; SameSite=Lax$/);
    assert.equal((await caller.own("generateNewToken", {}, await caller.crumb())).status, 200);
    assert.equal((await caller.get("/user/alice/security")).headers.get("location"), "/ci/user/alice/security/");
    const outside = new Caller(jenkins.url.replace(/\/ci$/, ""), "alice", "alice-password");
    const missing = await outside.post("/me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken");
    assert.equal(missing.status, 404);
    assert.match(await missing.text(), /<title>Error 404 Not Found<\/title>/);
    assert.equal((await outside.get("/ci")).headers.get("location"), "/ci/");
  });

  it("creates another user's token if administrators may", async () => {
    await start({ adminCanGenerateNewTokens: true });
    const path = "/user/alice/descriptorByName/ApiTokenProperty/generateNewToken/";
    assert.equal((await byToken("admin").post(path, { newTokenName: "by admin" })).status, 200);
    assert.equal((await byToken("bob").post(path, { newTokenName: "by bob" })).status, 403);
    assert.deepEqual(names(), ["by admin"]);
  });

  it("compresses pages and JSON if the client accepts it, but not short bodies or errors of the container", async () => {
    await start();
    const caller = byToken();
    const page = await caller.get("/user/alice/security/", { "Accept-Encoding": "gzip" });
    assert.equal(page.headers.get("content-encoding"), "gzip");
    assert.match(await page.text(), /to sign in with/);
    const plain = await caller.get("/user/alice/security/", { "Accept-Encoding": "identity" });
    assert.equal(plain.headers.get("content-encoding"), null);
    const { tokenUuid } = jenkins.generate("alice", "x");
    assert.equal((await caller.own("rename", { tokenUuid, newName: "y" })).headers.get("content-encoding"), null);
    assert.equal((await caller.own("revoke", {})).headers.get("content-encoding"), null);
  });

  it("compares only the secret part of a token", async () => {
    await start();
    const { tokenValue } = jenkins.generate("alice", "x");
    const secret = tokenValue.slice(2);
    const login = (value: string) => new Caller(jenkins.url, "alice", value).get("/whoAmI/api/json");
    const tried = [tokenValue, `ZZ${secret}`, secret, `11${secret.toUpperCase()}x`, "", `1${secret}`].map(login);
    assert.deepEqual(
      (await Promise.all(tried)).map((response) => response.status),
      [200, 200, 200, 401, 401, 401],
    );
  });

  it("returns the container's errors in JSON if the client prefers it", async () => {
    await start();
    const refused = await byPassword().own("generateNewToken", {}, { Accept: "application/json" });
    assert.equal(refused.headers.get("content-type"), "application/json");
    assert.deepEqual(await refused.json(), {
      servlet: "Stapler",
      message: "No valid crumb was included in the request",
      url: "/me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken",
      status: "403",
    });
  });
});
