import assert from "node:assert/strict";
import { connect } from "node:net";
import { setTimeout as elapse } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import type { Interception } from "./interception.ts";
import { oopsPage, startingPage } from "./pages.ts";
import { type Jenkins, startJenkins } from "./server.ts";

describe("An interception between the client and the simulated Jenkins", () => {
  let jenkins: Jenkins;
  let alice: Caller;

  beforeEach(async () => {
    jenkins = await startJenkins();
    alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "to sign in with").tokenValue);
  });

  afterEach(() => jenkins.close());

  function intercept(interception: Interception): void {
    jenkins.intercept = (request) => (request.path.endsWith("/generateNewToken") ? interception : undefined);
  }

  function generate(signal?: AbortSignal): Promise<Response> {
    return alice.own("generateNewToken", { newTokenName: "x" }, {}, signal);
  }

  function made(): number {
    return jenkins.tokens("alice").length - 1;
  }

  it("can reply itself, so that Jenkins never receives the request", async () => {
    intercept({ kind: "reply", ...startingPage() });
    const response = await generate();
    assert.equal(response.status, 503);
    assert.match(await response.text(), /<title>Starting Jenkins</);
    assert.equal(made(), 0);
  });

  it("can replace the reply after Jenkins has carried out the request", async () => {
    intercept({ kind: "replace", ...oopsPage() });
    assert.equal((await generate()).status, 500);
    assert.equal(made(), 1);
  });

  it("can reset the connection before the effect", async () => {
    intercept({ kind: "drop", when: "before" });
    await assert.rejects(generate());
    assert.equal(made(), 0);
  });

  it("can reset the connection after the effect", async () => {
    intercept({ kind: "drop", when: "after" });
    await assert.rejects(generate());
    assert.equal(made(), 1);
  });

  it("can cut the body off after the first bytes", async () => {
    for (const after of [0, 20]) {
      intercept({ kind: "cut", after });
      const response = await generate();
      assert.equal(response.status, 200);
      await assert.rejects(response.text());
    }
    assert.equal(made(), 2);
  });

  it("can delay the effect, which then happens although the client has disconnected", async () => {
    const gone = new AbortController();
    jenkins.intercept = () => {
      setImmediate(() => gone.abort());
      return { kind: "delay", ms: 1000, when: "before" };
    };
    await assert.rejects(generate(gone.signal));
    assert.equal(made(), 0);
    while (made() === 0) await elapse(10);
  });

  it("can delay only the reply", async () => {
    intercept({ kind: "delay", ms: 3_000, when: "after" });
    let isAnswered = false;
    const response = generate().finally(() => {
      isAnswered = true;
    });
    while (made() === 0) await elapse(1);
    await elapse(100);
    assert.equal(isAnswered, false);
    assert.equal((await response).status, 200);
  });

  it("can carry out the request twice, and return one reply or the other", async () => {
    for (const atOnce of [undefined, true] as const) {
      const before = made();
      intercept({ kind: "twice", passed: 0, ...(atOnce && { atOnce }) });
      assert.equal((await generate()).status, 200);
      assert.equal(made(), before + 2);
    }
    // If both run at once, the reply to one of them is a 500, although it was carried out.
    intercept({ kind: "twice", passed: 1, atOnce: true });
    assert.equal((await generate()).status, 500);
    intercept({ kind: "twice", passed: 1, alter: (reply) => ({ ...reply, body: "changed" }) });
    assert.equal(await (await generate()).text(), "changed");
    assert.deepEqual(new Set(jenkins.tokens("alice").map(({ tokenName }) => tokenName)).size, 2);
  });

  it("can pass on a changed request", async () => {
    jenkins.intercept = () => ({ kind: "forward", as: { path: "/whoAmI/api/json", headers: {} } });
    const response = await alice.get("/user/alice/security/");
    assert.match(await response.text(), /"name":"anonymous"/);
    assert.equal(jenkins.log.at(-1)?.path, "/user/alice/security/");
  });

  it("can return a page of a lagging replica", async () => {
    const [{ tokenName } = { tokenName: "" }] = jenkins.tokens("alice");
    const before = new Map([["alice", [...jenkins.tokens("alice")]]]);
    jenkins.generate("alice", "too new for the replica");
    jenkins.intercept = () => ({ kind: "forward", as: { replica: before } });
    const page = await (await alice.get("/user/alice/security/")).text();
    assert.ok(page.includes(tokenName));
    assert.ok(!page.includes("too new for the replica"));
    jenkins.intercept = undefined;
    assert.ok((await (await alice.get("/user/alice/security/")).text()).includes("too new for the replica"));
  });

  it("can change every reply, including its own", async () => {
    jenkins.passBack = (reply) => ({ ...reply, headers: { Server: "nginx" } });
    intercept({ kind: "reply", ...startingPage() });
    for (const response of [await alice.get("/login"), await generate()]) {
      assert.equal(response.headers.get("server"), "nginx");
      assert.equal(response.headers.get("x-jenkins"), null);
      assert.equal(response.headers.get("content-type"), null);
    }
  });

  it("can slow down the writing of users' files", async () => {
    jenkins.generateMs = 2_000;
    let isAnswered = false;
    const response = generate().finally(() => {
      isAnswered = true;
    });
    while (made() === 0) await elapse(1);
    assert.equal(isAnswered, false);
    assert.equal((await response).status, 200);
  });

  it("logs every request, with its user and its result", async () => {
    await alice.own("rename", { tokenUuid: "none", newName: "y" });
    await new Caller(jenkins.url, "alice", "wrong").get("/whoAmI/api/json?tree=name");
    await new Caller(jenkins.url, "bob", "bob-password").get("/me/api/json");
    const seen = jenkins.log.map(({ method, status, login, signedInAs }) => ({ method, status, login, signedInAs }));
    assert.deepEqual(seen, [
      { method: "POST", status: 200, login: "token", signedInAs: "alice" },
      { method: "GET", status: 401, login: undefined, signedInAs: undefined },
      { method: "GET", status: 200, login: "password", signedInAs: "bob" },
    ]);
    assert.deepEqual(jenkins.requests("POST", "rename")[0]?.form, { tokenUuid: "none", newName: "y" });
    assert.equal(jenkins.requests("GET", "whoAmI/api/json").length, 1);
  });

  it("has no effect if the last byte of a request never arrives", async () => {
    const { hostname, port } = new URL(jenkins.url);
    const { tokenValue } = jenkins.generate("bob", "half");
    const credentials = Buffer.from(`bob:${tokenValue}`).toString("base64");
    const socket = connect(Number(port), hostname);
    const head = `POST /me/descriptorByName/ApiTokenProperty/generateNewToken HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${credentials}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\n`;
    await new Promise<void>((written) => socket.write(`${head}newTokenName=`, () => written()));
    await elapse(20);
    socket.destroy();
    await elapse(20);
    assert.equal(jenkins.tokens("bob").length, 1);
    assert.equal(jenkins.log.length, 1);
  });
});
