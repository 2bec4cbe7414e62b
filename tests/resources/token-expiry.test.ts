import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import { type Interception, type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { basic } from "../support/front-door.ts";
import { signsInAs } from "../support/login.ts";
import { memory, newProcess } from "../support/process.ts";
import { printed, quick } from "../support/quick.ts";

const DAY_MS = 86_400_000;

describe("a token that expires", () => {
  let jenkins: Jenkins;
  let now: number;

  afterEach(() => jenkins.close());

  async function start(options: JenkinsOptions = {}): Promise<Engine> {
    now = Date.parse("2026-02-20T10:30:00Z");
    newProcess();
    jenkins = await startJenkins({ now: () => new Date(now), ...options });
    return new Engine(as("alice"));
  }

  function as(id?: string): Context {
    const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: id, JENKINS_PASSWORD: `${id}-password` };
    return {
      config: undefined,
      memory: memory(),
      environment: id ? login : {},
      limits: quick,
      now: () => new Date(now),
    };
  }

  /** Begins another process, `ms` later. */
  function later(ms: number): void {
    now += ms;
    newProcess();
  }

  const posts = () => jenkins.work.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));
  const days = () => jenkins.tokens("alice").map(({ expiresOn }) => expiresOn);

  function answer(part: string, ...answers: Interception[]): void {
    jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
  }

  it("is created with the last day in the server's reply, and stays unchanged", async () => {
    const token = await start();
    await token.up({ tokenName: "ci", expiresInDays: 30 });
    assert.equal(jenkins.requests("POST", "generateNewToken")[0]?.form["expirationDuration"], "30");
    assert.deepEqual([token.outputs["expiresOn"], days()], ["2026-03-22", ["2026-03-22"]]);
    assert.equal(token.outputs["expiresInDays"], 30);
    assert.match(String(token.outputs["createdAt"]), /^2026-02-20T10:30:/);
    later(DAY_MS);
    const { outputs } = token;
    assert.equal(await token.refresh(), true);
    assert.deepEqual([token.outputs, await token.up({ tokenName: "ci", expiresInDays: 30 })], [outputs, "same"]);
  });

  it("has no last day if none is declared", async () => {
    const token = await start();
    await token.up({ tokenName: "ci" });
    assert.deepEqual(["expiresOn" in token.outputs, days()], [false, [undefined]]);
    assert.equal("expirationDuration" in (jenkins.requests("POST", "generateNewToken")[0]?.form ?? {}), false);
  });

  it("keeps its last day and its expiresInDays when it is renamed", async () => {
    const token = await start();
    await token.up({ tokenName: "ci", expiresInDays: 30 });
    assert.equal(await token.up({ tokenName: "other", expiresInDays: 30, renewBeforeDays: 5 }), "update");
    const { expiresOn, expiresInDays, renewBeforeDays } = token.outputs;
    assert.deepEqual([expiresOn, expiresInDays, renewBeforeDays], ["2026-03-22", 30, 5]);
  });

  it("is replaced if expiresInDays is added, changed or removed", async () => {
    const token = await start();
    await token.up({ tokenName: "ci" });
    for (const [expiresInDays, expiresOn] of [
      [30, "2026-03-22"],
      [7, "2026-02-27"],
      [undefined, undefined],
    ] as const) {
      assert.equal(await token.up({ tokenName: "ci", expiresInDays }), "replace");
      assert.deepEqual([token.outputs["expiresOn"], days()], [expiresOn, [expiresOn]]);
    }
  });

  it("is looked up with its last day", async () => {
    const token = await start();
    await token.up({ tokenName: "ci", expiresInDays: 30 });
    const found = new Engine(as("alice"));
    found.recorded = { id: token.id, outputs: {} };
    assert.equal(await found.refresh(), true);
    assert.equal(found.outputs["expiresOn"], "2026-03-22");
  });

  it("is replaced only once, by the first up after its expiry, even after a refresh", async () => {
    const token = await start();
    const program = { tokenName: "ci", expiresInDays: 1 };
    await token.up(program);
    later(1.5 * DAY_MS);
    assert.equal(await token.up(program), "same"); // The 21st may not be over in Jenkins' time zone.
    later(DAY_MS);
    assert.deepEqual([await token.refresh(), await token.up(program)], [true, "replace"]);
    assert.equal(await signsInAs(jenkins, token), "alice");
    assert.deepEqual([await token.up(program), days()], ["same", ["2026-02-23"]]);
  });

  describe("on Jenkins 2.547, which has no expiry,", () => {
    for (const program of [{ tokenName: "ci" }, { autoName: "p/s/ci" }]) {
      it(`is revoked, and refused: ${JSON.stringify(program)}`, async () => {
        const token = await start({ version: "2.547" });
        await assert.rejects(token.up({ ...program, expiresInDays: 30 }), {
          code: "ERR_JENKINS_REJECTED",
          message:
            /^Creating the API token ".*" with an expiry failed: .*: this Jenkins made one that never expires, which was revoked again\. Expiry needs Jenkins 2\.548, LTS 2\.555\.1: upgrade it, or leave out expiresInDays\.$/,
        });
        assert.deepEqual([token.recorded, posts(), days()], [undefined, ["generateNewToken", "revoke"], []]);
      });
    }

    it("leaves a record if it cannot be revoked, which destroy settles", async () => {
      const token = await start({ version: "2.547" });
      answer("/revoke", { kind: "reply", status: 400 });
      await assert.rejects(token.up({ tokenName: "ci", expiresInDays: 30 }), {
        code: "ERR_JENKINS_UNFINISHED",
        message: /may exist on .* under the name "ci \(pulumi \w{16}\)".*next `pulumi up` or `pulumi destroy`/,
      });
      assert.match(token.id, /^pending-[0-9a-f]{16}$/);
      assert.deepEqual(days(), [undefined]);
      later(0);
      await token.destroy();
      assert.deepEqual(days(), []);
    });

    it("leaves a record that the next up settles, if that declares no expiry any more", async () => {
      const token = await start({ version: "2.547" });
      answer("/revoke", { kind: "reply", status: 400 });
      await assert.rejects(token.up({ tokenName: "ci", expiresInDays: 30 }), { code: "ERR_JENKINS_UNFINISHED" });
      later(0);
      assert.equal(await token.up({ tokenName: "ci" }), "replace");
      assert.deepEqual([days(), jenkins.tokens("alice")[0]?.tokenUuid], [[undefined], token.id]);
    });

    it("does not replace the existing token", async () => {
      const token = await start({ version: "2.547" });
      await token.up({ tokenName: "ci" });
      const { recorded } = token;
      await assert.rejects(token.up({ tokenName: "ci", expiresInDays: 30 }), { code: "ERR_JENKINS_REJECTED" });
      assert.deepEqual([token.recorded, jenkins.tokens("alice").length], [recorded, 1]);
    });
  });

  it("gets its last day on Jenkins 2.548, the first version with expiry", async () => {
    const token = await start({ version: "2.548" });
    await token.up({ tokenName: "ci", expiresInDays: 30 });
    assert.equal(token.outputs["expiresOn"], "2026-03-22");
  });

  const lost: Record<string, Interception> = {
    "no reply": { kind: "drop", when: "after" },
    "half a reply": { kind: "cut", after: 60 },
    "a 500 of Jenkins": { kind: "replace", status: 500, headers: { "X-Jenkins": "2.568.1" } },
    "a proxy's 502": { kind: "replace", status: 502 },
    "a date in another form": {
      kind: "alter",
      alter: (reply) => ({ ...reply, body: reply.body.replace("2026-03-22", "3/22/26") }),
    },
  };
  for (const [what, interception] of Object.entries(lost)) {
    it(`is created again, with its last day, after ${what}, and the first one is revoked`, async () => {
      const token = await start();
      answer("/generateNewToken", interception);
      await token.up({ tokenName: "ci", expiresInDays: 30 });
      const [kept, ...others] = jenkins.tokens("alice");
      assert.deepEqual([kept?.tokenUuid, kept?.tokenName, others], [token.id, "ci", []]);
      assert.deepEqual([token.outputs["expiresOn"], kept?.expiresOn], ["2026-03-22", "2026-03-22"]);
    });
  }

  describe("if Jenkins writes dates in another language than the requested one,", () => {
    const program = { tokenName: "ci", expiresInDays: 30 };

    function tellIn(language: string, isOnPageToo: boolean): void {
      jenkins.intercept = ({ method, headers }) => {
        if (method === "POST" || isOnPageToo) headers["accept-language"] = language;
        return undefined;
      };
    }

    for (const language of ["en", "de", "ja", "ar-EG"]) {
      it(`is kept, with a computed last day and a message about it, in ${language}`, async () => {
        const token = await start();
        tellIn(language, true);
        const lines = await printed(async () => await token.up(program));
        assert.match(lines.join(), /It is taken to be 2026-03-22, give or take a day\. The Locale plugin, or a proxy/);
        assert.deepEqual([token.outputs["expiresOn"], days()], ["2026-03-22", ["2026-03-22"]]);
        assert.deepEqual(posts(), ["generateNewToken", "rename"]);
        assert.equal(await token.up(program), "same");
      });
    }

    it("is kept, with the last day from the page, if the page has it in ISO form", async () => {
      const token = await start();
      tellIn("en", false);
      const lines = await printed(async () => await token.up(program));
      assert.deepEqual([lines, token.outputs["expiresOn"]], [[], "2026-03-22"]);
    });

    it("is looked up with an unknown last day, and not without a last day", async () => {
      const token = await start();
      await token.up(program);
      tellIn("en", true);
      const found = new Engine(as("alice"));
      found.recorded = { id: token.id, outputs: {} };
      assert.equal(await found.refresh(), true);
      assert.equal(found.outputs["expiresOn"], "unknown");
    });
  });

  it("is refused with Jenkins' message if Jenkins does not accept the day, and leaves no record", async () => {
    const token = await start();
    const body = `{"status":"error","message":"Expiration date is in the past."}`;
    answer("/generateNewToken", { kind: "reply", status: 200, body, headers: { "X-Content-Type-Options": "nosniff" } });
    await assert.rejects(token.up({ tokenName: "ci", expiresInDays: 1 }), {
      code: "ERR_JENKINS_REJECTED",
      message: /Expiration date is in the past\./,
    });
    assert.equal(token.recorded, undefined);
  });

  describe("once it has expired", () => {
    async function expired(): Promise<Engine> {
      const token = await start();
      await token.up({ tokenName: "ci", expiresInDays: 1 });
      later(3 * DAY_MS);
      jenkins.log.length = 0;
      return token;
    }

    it("is revoked by destroy if the login may revoke it, so that it leaves the list", async () => {
      const token = await expired();
      await token.destroy();
      assert.deepEqual([days(), posts()], [[], ["revoke"]]);
    });

    it("counts as revoked in destroy if there is no login, and its value is not tried", async () => {
      const token = await expired();
      token.context = as();
      await token.destroy();
      assert.deepEqual([token.recorded, jenkins.log], [undefined, []]);
    });

    for (const id of ["bob", "nobody"]) {
      it(`counts as revoked in destroy if ${id} logs in, who may not revoke it`, async () => {
        const token = await expired();
        token.context = as(id);
        await token.destroy();
        const tried = jenkins.log.flatMap(({ headers: { authorization } }) => authorization ?? []);
        assert.deepEqual([new Set(tried.map(userOf)), days().length], [new Set([id]), 1]);
      });
    }

    it("still makes destroy fail if Jenkins fails", async () => {
      const token = await expired();
      answer("/revoke", ...Array(6).fill({ kind: "reply", status: 500 }));
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_UNEXPECTED" });
      assert.ok(token.recorded);
    });

    it("is replaced without a try of its value", async () => {
      const token = await expired();
      const authorization = basic("alice", token.outputs["tokenValue"]);
      assert.equal(await token.refresh(), true);
      assert.equal(await token.up({ tokenName: "ci", expiresInDays: 1 }), "replace");
      assert.equal(jenkins.log.filter(({ headers }) => headers.authorization === authorization).length, 0);
      assert.deepEqual(days(), ["2026-02-24"]);
    });
  });

  it("makes destroy fail if there is no login and its last day may not be over", async () => {
    const token = await start();
    await token.up({ tokenName: "ci", expiresInDays: 1 });
    later(1.8 * DAY_MS); // The 22nd, in UTC.
    token.context = as();
    await assert.rejects(token.destroy(), { code: "ERR_JENKINS_FORBIDDEN" });
    assert.ok(token.recorded);
  });
});

function userOf(authorization: string): string {
  return Buffer.from(authorization.replace("Basic ", ""), "base64").toString().replace(/:.*/, "");
}
