import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import type { Reply } from "../jenkins/reply.ts";
import { type Jenkins, type LoggedRequest, startJenkins, type Token } from "../jenkins/server.ts";
import { basic, contextOf, later, ofProxy, unmarked } from "../support/front-door.ts";
import { newProcess } from "../support/process.ts";
import { printed } from "../support/quick.ts";

const program = { autoName: "project/stack/ci" };

describe("A token in the state", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  /** A token in the state, and alice's tokens before it was created. */
  async function created(inputs: Properties = program): Promise<{ token: Engine; before: Map<string, Token[]> }> {
    const before = new Map([["alice", jenkins.tokens("alice").map((token) => ({ ...token }))]]);
    const token = new Engine(contextOf(jenkins.url, "alice"));
    await token.up(inputs);
    later(token, token.context);
    jenkins.log.length = 0;
    return { token, before };
  }

  const pages = () => jenkins.requests("GET", "security");

  for (const verb of ["refresh", "destroy"] as const) {
    it(`is kept at ${verb} if a gateway answers every request with the user whom it knows`, async () => {
      const { token } = await created();
      const { recorded } = token;
      const body = '{"id":"bob","name":"bob","anonymous":false}';
      jenkins.intercept = () =>
        ofProxy("reply", { status: 200, headers: { "Content-Type": "application/json" }, body });
      await assert.rejects(token[verb](), {
        code: "ERR_JENKINS_UNEXPECTED",
        message: /the answer is about the user bob\. Does a gateway answer/,
      });
      assert.deepEqual([token.recorded, jenkins.tokens("alice").length], [recorded, 1]);
    });
  }

  it("is kept if one list comes from a cache that is older than the token", async () => {
    const { token, before } = await created();
    jenkins.intercept = ({ path }) =>
      path.endsWith("/security/") ? { kind: "forward", as: { replica: before } } : undefined;
    assert.deepEqual([await token.refresh(), pages().length], [true, 2]);
  });

  it("is kept, with an error, if every list comes from a cache, because its value still logs in", async () => {
    const { token, before } = await created();
    const { recorded } = token;
    jenkins.intercept = ({ path }) =>
      path.includes("/security/") ? { kind: "forward", as: { replica: before } } : undefined;
    await assert.rejects(token.refresh(), {
      code: "ERR_JENKINS_REJECTED",
      message: /its value still logs in, but the user's page does not show it: a cache, or a replica that lags behind/,
    });
    assert.equal(token.recorded, recorded);
  });

  it("is removed if it is revoked, after two pages do not show it, the second on a new connection", async () => {
    const { token } = await created();
    jenkins.revoke("alice", token.id);
    await printed(async () => assert.equal(await token.refresh(), false));
    const [first, second, ...more] = pages();
    assert.ok(first && second && more.length === 0);
    assert.notEqual(first.port, second.port);
    assert.ok(jenkins.log.filter(({ port }) => port === second.port).length === 1, "the connection was in use before");
    assert.notEqual(first.path, second.path, "a cache would know the address");
    assert.match(String(second.headers["cache-control"]), /no-cache/);
  });

  it("is removed with 19 other revoked tokens, after two pages and at most one failed login", async () => {
    const { token } = await created();
    const revoked = Array.from({ length: 20 }, (_, index) => {
      const { tokenUuid, tokenValue } = jenkins.generate("alice", `token ${index}`);
      const one = new Engine(token.context);
      one.recorded = {
        id: tokenUuid,
        outputs: { ...token.outputs, tokenName: `token ${index}`, tokenUuid, tokenValue },
      };
      jenkins.revoke("alice", tokenUuid);
      return one;
    });
    await printed(async () => {
      const found = await Promise.all(revoked.map((one) => one.refresh()));
      assert.deepEqual(new Set(found), new Set([false]));
    });
    const failed = jenkins.log.filter(({ status }) => status === 401);
    assert.deepEqual([pages().length, failed.length], [2, 1]);
  });

  it("is kept if a front door hides every refusal, and only one value is tried for all tokens", async () => {
    const { token } = await created();
    const other = jenkins.generate("alice", "other");
    const second = new Engine(token.context);
    second.recorded = { id: other.tokenUuid, outputs: { ...token.outputs, ...other } };
    for (const uuid of [token.id, other.tokenUuid]) jenkins.revoke("alice", uuid);
    const title = "<title>401 Unauthorized</title>";
    const body = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n${title}\n</head><body>\n<h1>Unauthorized</h1>`;
    const headers = { Server: "Apache", "WWW-Authenticate": 'Basic realm="Jenkins"' };
    const hidden = (reply: Reply) => (reply.status === 401 ? { ...reply, headers, body } : reply);
    jenkins.intercept = () => ({ kind: "alter", alter: hidden });
    for (const one of [token, second]) {
      const { recorded } = one;
      await assert.rejects(one.refresh(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /whether it still exists can't be told: .*Apache httpd in front of it requires its own login, or hides a refusal/,
      });
      assert.equal(one.recorded, recorded);
    }
    assert.equal(jenkins.log.filter(({ status }) => status === 401).length, 1);
  });

  it("is kept if the page belongs to another user", async () => {
    const { token } = await created();
    later(token, contextOf(jenkins.url, "admin"));
    const { recorded } = token;
    const asBob = (request: LoggedRequest) => ({
      path: request.path.replace("/user/alice/", "/user/bob/"),
      headers: { ...request.headers, authorization: basic("bob", "bob-password"), cookie: "" },
    });
    jenkins.intercept = (request) =>
      request.path.includes("/security/") ? { kind: "forward", as: asBob(request) } : undefined;
    await assert.rejects(token.refresh(), {
      code: "ERR_JENKINS_UNEXPECTED",
      message: /the page of another user \(\/user\/bob\)\. Does a cache before Jenkins mix up users\?$/,
    });
    assert.equal(token.recorded, recorded);
  });
});

describe("A user's token, while a proxy answers 404 below /user/,", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  /** A token of the user `id`, created by an administrator. */
  async function created(id: string, inputs: Properties = {}): Promise<Engine> {
    newProcess();
    const users = [{ id: "admin", password: "admin-password", administrator: true }, { id }];
    jenkins = await startJenkins({ users, adminCanGenerateNewTokens: true });
    const token = new Engine(contextOf(jenkins.url, "admin"));
    await token.up({ ...program, ...inputs, user: id });
    return later(token, token.context);
  }

  function hideUsers(): void {
    jenkins.intercept = ({ path }) =>
      path.startsWith("/user/") ? ofProxy("reply", { status: 404, body: "<h1>404 Not Found</h1>" }) : undefined;
  }

  const verbs: Record<string, (token: Engine) => Promise<unknown>> = {
    refresh: (token) => token.refresh(),
    destroy: (token) => token.destroy(),
  };
  for (const [verb, act] of Object.entries(verbs)) {
    it(`stays in the state at ${verb}, and the error names the command that removes it`, async () => {
      const token = await created("alice");
      const { recorded } = token;
      hideUsers();
      await assert.rejects(act(token), {
        code: "ERR_JENKINS_REJECTED",
        status: 404,
        message:
          /something before Jenkins may have answered 404 in its place.*`pulumi state delete` takes the resource/,
      });
      assert.deepEqual([token.recorded, jenkins.tokens("alice").length], [recorded, 1]);
    });

    it(`is found through the script console at ${verb}, if via is scriptConsole`, async () => {
      const token = await created("alice", { via: "scriptConsole" });
      hideUsers();
      await act(token);
      const isKept = verb === "refresh";
      assert.deepEqual([token.recorded !== undefined, jenkins.tokens("alice").length], [isKept, isKept ? 1 : 0]);
    });

    it(`is gone at ${verb} if the script console does not find the user either`, async () => {
      const token = await created("alice", { via: "scriptConsole" });
      hideUsers();
      jenkins.removeUser("alice");
      await printed(() => act(token));
      assert.equal(token.recorded, undefined);
    });

    it(`is gone with its user at ${verb} behind a door that hides Jenkins, if the administrator is found`, async () => {
      const token = await created("alice");
      jenkins.passBack = unmarked;
      jenkins.removeUser("alice");
      await printed(() => act(token));
      assert.equal(token.recorded, undefined);
      const found = jenkins.log.filter(({ path, status }) => path.startsWith("/user/admin/") && status === 200);
      assert.equal(found.length, 1);
    });

    for (const id of ["a/b", "a b"]) {
      it(`stays in the state at ${verb} behind such a door if a proxy may refuse the id "${id}"`, async () => {
        const token = await created(id);
        const { recorded } = token;
        jenkins.passBack = unmarked;
        jenkins.removeUser(id);
        await assert.rejects(act(token), { code: "ERR_JENKINS_REJECTED", message: /`pulumi state delete`/ });
        assert.equal(token.recorded, recorded);
      });
    }
  }
});
