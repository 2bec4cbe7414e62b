import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Context } from "../provider/access.ts";
import { forgetProcess } from "../provider/lifecycle.ts";
import * as rotation from "../provider/rotation.ts";
import type { RotatedToken } from "../provider/schema.ts";
import { Engine, type Properties } from "./acceptance/engine.ts";
import { type Interception, type Jenkins, startJenkins } from "./jenkins/server.ts";
import { quick } from "./quick.ts";

const DAY_MS = 24 * 3_600_000;
const autoName = "shop/dev/ci";
const monthly = { autoName, rotateEveryDays: 30 };

describe("A rotating token", () => {
  let jenkins: Jenkins;
  let login: string;
  let now: number;

  beforeEach(async () => {
    now = Date.parse("2026-02-20T10:30:00Z");
    forgetProcess();
    jenkins = await startJenkins({ now: () => new Date(now) });
    login = jenkins.generate("alice", "login").tokenValue;
  });

  afterEach(() => jenkins.close());

  const environment = () => ({ JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: login });
  const context = (): Context => ({
    config: undefined,
    environment: environment(),
    limits: quick,
    now: () => new Date(now),
  });
  const later = (days: number): void => {
    now += days * DAY_MS + 1_000; // The Date header knows no parts of a second.
    forgetProcess();
  };
  const made = async (program: Properties = monthly): Promise<Engine> => {
    const token = new Engine(context(), rotation);
    await token.up(program);
    return token;
  };
  const current = ({ outputs }: Engine) => outputs["current"] as RotatedToken;
  const previous = ({ outputs }: Engine) => outputs["previous"] as RotatedToken | undefined;
  const uuids = () =>
    jenkins
      .tokens("alice")
      .filter(({ tokenName }) => tokenName !== "login")
      .map(({ tokenUuid }) => tokenUuid);
  const names = () => jenkins.tokens("alice").map(({ tokenName }) => tokenName);
  const signsIn = async (tokenValue: string): Promise<boolean> => {
    const authorization = `Basic ${Buffer.from(`alice:${tokenValue}`).toString("base64")}`;
    return (await fetch(`${jenkins.url}/whoAmI/api/json`, { headers: { authorization } })).status === 200;
  };
  const answer = (part: string, ...answers: Interception[]): void => {
    jenkins.intercept = ({ path }) => (path.includes(part) ? answers.shift() : undefined);
  };
  const posts = () => jenkins.log.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));

  it("is one token at first, made with one POST and named after the resource", async () => {
    const token = await made();
    assert.deepEqual(posts(), ["generateNewToken"]);
    assert.match(token.id, /^rotating-[0-9a-f]{16}$/);
    assert.match(current(token).tokenName, /^shop\/dev\/ci-[0-9a-f]{8}$/);
    assert.deepEqual(uuids(), [current(token).tokenUuid]);
    assert.equal(previous(token), undefined);
    assert.ok(await signsIn(current(token).tokenValue));
  });

  it("stays as it is until its time has come, without a request", async () => {
    const token = await made();
    jenkins.log.length = 0;
    later(29.9);
    assert.equal(await token.up(monthly), "same");
    assert.deepEqual(jenkins.log, []);
  });

  it("is rotated in its time, and whoever lags behind has a whole period", async () => {
    const token = await made();
    const first = current(token);
    const { id } = token;
    later(30);
    assert.equal(await token.up(monthly), "update");
    const second = current(token);
    assert.deepEqual(previous(token), first);
    assert.equal(token.id, id);
    assert.deepEqual(uuids(), [first.tokenUuid, second.tokenUuid]);
    assert.equal(await token.up(monthly), "same");

    later(29.9);
    assert.equal(await token.up(monthly), "same");
    assert.ok(await signsIn(first.tokenValue));
    later(0.1);
    await token.up(monthly);
    assert.deepEqual(uuids(), [second.tokenUuid, current(token).tokenUuid]);
    assert.equal(await signsIn(first.tokenValue), false);
  });

  it("is rotated once after many missed periods", async () => {
    const token = await made();
    const first = current(token);
    later(1000);
    await token.up(monthly);
    assert.equal(await token.up(monthly), "same");
    assert.deepEqual(previous(token), first);
  });

  for (const [what, change] of Object.entries({
    "a trigger": { triggers: { leak: "2026-02-20" } },
    "another expiry": { expiresInDays: 60 },
  })) {
    it(`is rotated at once by ${what}`, async () => {
      const token = await made();
      const first = current(token);
      assert.equal(await token.up({ ...monthly, ...change }), "update");
      assert.notEqual(current(token).tokenUuid, first.tokenUuid);
      assert.deepEqual(previous(token), first);
      assert.equal(await token.up({ ...monthly, ...change }), "same");
    });
  }

  it("has two tokens that end by themselves where nobody rotates any more", async () => {
    const token = await made({ ...monthly, expiresInDays: 60 });
    assert.equal(current(token).expiresOn, "2026-04-21");
    later(30);
    await token.up({ ...monthly, expiresInDays: 60 });
    const [last, one] = [current(token), previous(token)];
    later(62);
    assert.deepEqual([await signsIn(last.tokenValue), one && (await signsIn(one.tokenValue))], [false, false]);
    await token.destroy();
    assert.deepEqual(uuids(), []);
  });

  it("is renamed in place, both its tokens", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    const values = [current(token).tokenValue, previous(token)?.tokenValue];
    await token.up({ ...monthly, tokenName: "deploy" });
    for (const name of names().slice(1)) assert.match(name, /^deploy-[0-9a-f]{8}$/);
    assert.deepEqual([current(token).tokenValue, previous(token)?.tokenValue], values);
    assert.equal(await token.up({ ...monthly, tokenName: "deploy" }), "same");
  });

  it("gets its names back that were changed by hand", async () => {
    const token = await made();
    jenkins.rename("alice", current(token).tokenUuid, "by hand");
    await token.refresh();
    assert.equal(current(token).tokenName, "by hand");
    assert.equal(await token.up(monthly), "update");
    assert.match(names()[1] ?? "", /^shop\/dev\/ci-[0-9a-f]{8}$/);
  });

  it("gets another present token where that was revoked by hand, and keeps the one before", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    const before = previous(token);
    jenkins.revoke("alice", current(token).tokenUuid);
    assert.ok(await token.refresh());
    assert.equal(current(token), undefined);
    await token.up(monthly);
    assert.ok(await signsIn(current(token).tokenValue));
    assert.deepEqual(previous(token), before);
  });

  it("is gone when both its tokens are", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    for (const uuid of uuids()) jenkins.revoke("alice", uuid);
    assert.equal(await token.refresh(), false);
  });

  it("is destroyed whole, by itself where no login is set any more", async () => {
    const token = await made();
    later(30);
    await token.up(monthly);
    forgetProcess();
    token.context = { ...context(), environment: {} };
    await token.destroy();
    assert.deepEqual(uuids(), []);
  });

  it("is replaced whole for another user", async () => {
    login = jenkins.generate("admin", "login").tokenValue;
    const asAdmin = () => ({ ...context(), environment: { ...environment(), JENKINS_USER_ID: "admin" } });
    const token = new Engine(asAdmin(), rotation);
    await token.up({ ...monthly, user: "alice", via: "scriptConsole" });
    assert.equal(uuids().length, 1);
    assert.equal(await token.up({ ...monthly, user: "bob", via: "scriptConsole" }), "replace");
    assert.deepEqual([uuids().length, jenkins.tokens("bob").length], [0, 1]);
    await token.destroy();
  });

  describe("where a reply is lost", () => {
    const never: Interception = { kind: "abandon", ms: 50, answer: "reset" };

    it("of the first token, records it, and the next up makes one and revokes what was left", async () => {
      answer("generateNewToken", never);
      const token = new Engine(context(), rotation);
      await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED", message: /the next `pulumi up`/ });
      assert.match(token.id, /^rotating-/);
      assert.ok(await token.refresh());
      await until(() => uuids().length === 1);
      later(1);
      assert.equal(await token.up(monthly), "update");
      assert.deepEqual(uuids(), [current(token).tokenUuid]);
      await token.destroy();
      assert.deepEqual(uuids(), []);
    });

    it("of a rotation, keeps both tokens until it is known, and then goes on", async () => {
      const token = await made();
      const first = current(token);
      later(30);
      answer("generateNewToken", never);
      await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED" });
      assert.deepEqual(current(token), first);
      await until(() => uuids().length === 2);
      later(1);
      await token.up(monthly);
      assert.deepEqual(uuids(), [first.tokenUuid, current(token).tokenUuid]);
      assert.equal(await token.up(monthly), "same");
    });

    it("and the resource destroyed before it is known, leaves nothing", async () => {
      answer("generateNewToken", never);
      const token = new Engine(context(), rotation);
      await assert.rejects(token.up(monthly));
      await until(() => uuids().length === 1);
      later(1);
      await token.destroy();
      assert.deepEqual(uuids(), []);
    });
  });

  it("that can't be revoked yet is recorded together with the new one, and revoked by the next up", async () => {
    const token = await made();
    const first = current(token);
    later(30);
    await token.up(monthly);
    later(30);
    jenkins.intercept = ({ path }) =>
      path.endsWith("/revoke")
        ? { kind: "reply", status: 403, headers: { "X-You-Are-Authenticated-As": "alice" }, body: "no" }
        : undefined;
    await assert.rejects(token.up(monthly), { code: "ERR_JENKINS_UNFINISHED", message: /is not done yet/ });
    assert.equal(uuids().length, 3);
    assert.ok(await signsIn(current(token).tokenValue));
    jenkins.intercept = undefined;
    forgetProcess();
    assert.equal(await token.up(monthly), "update");
    assert.deepEqual(uuids(), [previous(token)?.tokenUuid, current(token).tokenUuid]);
    assert.equal(await signsIn(first.tokenValue), false);
    assert.equal(await token.up(monthly), "same");
  });

  it("on a Jenkins without expiry is refused one, and leaves none", async () => {
    await jenkins.close();
    jenkins = await startJenkins({ version: "2.516.2" });
    login = jenkins.generate("alice", "login").tokenValue;
    const token = new Engine(context(), rotation);
    await assert.rejects(token.up({ ...monthly, expiresInDays: 60 }), { code: "ERR_JENKINS_REJECTED" });
    assert.deepEqual(uuids(), []);
  });

  for (const [what, program, failures] of [
    ["no period", { autoName }, [["rotateEveryDays", /expected number|required|Invalid/i]]],
    ["a part of a day", { ...monthly, rotateEveryDays: 0.5 }, [["rotateEveryDays", /./]]],
    ["an expiry below two periods", { ...monthly, expiresInDays: 59 }, [["expiresInDays", /at least twice/]]],
    [
      "what belongs to another resource",
      { ...monthly, renewBeforeDays: 1 },
      [["renewBeforeDays", /is not a property of a RotatingJenkinsApiToken/]],
    ],
    ["a legacy token", { ...monthly, via: "legacy" }, [["via", /./]]],
  ] as [string, Properties, [string, RegExp][]][]) {
    it(`is not declared with ${what}`, () => {
      const found = rotation.check({}, program, context()).failures;
      assert.deepEqual(
        found.map(({ property }) => property).filter((one, index, all) => all.indexOf(one) === index),
        failures.map(([property]) => property),
      );
      for (const [index, [, reason]] of failures.entries()) assert.match(found[index]?.reason ?? "", reason);
    });
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
