import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Engine } from "../../scripts/acceptance/engine.ts";
import type { Reply } from "../jenkins/reply.ts";
import { type Interception, type Jenkins, startJenkins } from "../jenkins/server.ts";
import { contextOf, later, ofProxy, unmarked } from "../support/front-door.ts";
import { signsInAs } from "../support/login.ts";
import { newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";

const programs = [{ tokenName: "ci" }, { autoName: "project/stack/ci" }];
const page = (title: string) => `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

const answers: Record<string, Partial<Reply> & { status: number }> = {
  "a 302 to another page": { status: 302, headers: { Location: "https://sso.example.com/login" } },
  "a 304": { status: 304, headers: { ETag: '"5ca1ab1e"' } },
  "a 401 with another realm": { status: 401, headers: { "WWW-Authenticate": 'Basic realm="gateway"' } },
  "a 403 with a page": { status: 403, body: page("403 Forbidden") },
  "an empty 403": { status: 403 },
  "a 404": { status: 404, body: page("404 Not Found") },
  "a 407": { status: 407, headers: { "Proxy-Authenticate": 'Basic realm="egress"' } },
  "a 413": { status: 413, body: page("413 Request Entity Too Large") },
  "a 425": { status: 425, body: page("425 Too Early") },
  "a 429": { status: 429, body: page("429 Too Many Requests") },
  "a 499": { status: 499, body: page("499 Client Closed Request") },
  "a 204": { status: 204 },
  "an empty 202": { status: 202 },
  "a 202 with JSON": { status: 202, body: '{"status":"queued"}' },
  "an empty 200": { status: 200 },
  "a 200 with a page": { status: 200, body: page("Welcome") },
  "a 200 with an error in JSON": { status: 200, body: '{"status":"error","message":"no"}' },
};

describe("A front door that answers generateNewToken in Jenkins' place", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  const context = (id = "alice") => ({ ...contextOf(jenkins.url, id), limits: { ...quick, repeatMs: 0 } });
  const names = (id = "alice") => jenkins.tokens(id).map(({ tokenName }) => tokenName);
  const asked = () => jenkins.requests("POST", "generateNewToken").map(({ form }) => form["newTokenName"]);

  /** Applies `answered` to the first generate. */
  function answerOnce(answered: Interception): void {
    const waiting = [answered];
    jenkins.intercept = ({ path }) => (path.endsWith("/generateNewToken") ? waiting.shift() : undefined);
  }

  for (const [what, answer] of Object.entries(answers)) {
    it(`with ${what}, after Jenkins has carried it out, leaves one token, whose value is in the state`, async () => {
      for (const program of programs) {
        answerOnce(ofProxy("replace", answer));
        const token = later(new Engine(context()), context());
        await token.up(program);
        assert.deepEqual(names(), [token.outputs["tokenName"]]);
        assert.equal(await signsInAs(jenkins, token), "alice");
        await token.destroy();
      }
      assert.deepEqual([asked().length, new Set(asked()).size], [4, 4], "a name was sent twice");
    });

    it(`with ${what}, before Jenkins carries it out, leaves a record with which the token is found`, async () => {
      answerOnce(ofProxy("reply", answer));
      const token = new Engine(context());
      await assert.rejects(token.up({ tokenName: "ci" }), { code: "ERR_JENKINS_UNFINISHED" });
      const { name } = token.outputs["pending"] as { name: string };
      assert.deepEqual(asked(), [name]);
      jenkins.generate("alice", name); // Now Jenkins carries it out.
      await later(token, context()).destroy();
      assert.deepEqual([names(), token.recorded], [[], undefined]);
    });
  }
});

describe("An empty 403 without a mark of Jenkins, to an administrator who creates another user's token,", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
    jenkins.passBack = unmarked;
  });

  afterEach(() => jenkins.close());

  const posts = () => jenkins.requests("POST", "generateNewToken").length;

  it("counts as a refusal, without a record, if the user's page has no form for a new token", async () => {
    const token = new Engine(contextOf(jenkins.url, "admin"));
    await assert.rejects(token.up({ tokenName: "ci", user: "bob" }), {
      code: "ERR_JENKINS_FORBIDDEN",
      message: /Jenkins lets nobody create an API token for another user/,
    });
    assert.deepEqual([token.recorded, posts()], [undefined, 1]);
  });

  it("leaves a record if the user's page cannot be read", async () => {
    jenkins.intercept = ({ path }) => (path.includes("/security/") ? ofProxy("reply", { status: 403 }) : undefined);
    const token = new Engine(contextOf(jenkins.url, "admin"));
    await assert.rejects(token.up({ tokenName: "ci", user: "bob" }), { code: "ERR_JENKINS_UNFINISHED" });
    assert.deepEqual([/^pending-/.test(token.id), posts()], [true, 1]);
  });

  it("leaves a record if the page has a form for a new token, because Jenkins would have created one", async () => {
    jenkins.intercept = ({ path }) =>
      path.endsWith("/generateNewToken") ? ofProxy("reply", { status: 403 }) : undefined;
    const token = new Engine(contextOf(jenkins.url, "bob"));
    await assert.rejects(token.up({ tokenName: "ci" }), { code: "ERR_JENKINS_UNFINISHED" });
    assert.equal(posts(), 1);
  });
});
