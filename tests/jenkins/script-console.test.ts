import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, it } from "mocha";
import { collide } from "../support/plugin-held.ts";
import { Caller } from "./caller.ts";
import { type Jenkins, type JenkinsOptions, type ScriptData, startJenkins } from "./server.ts";

interface Printed {
  status: string;
  reason?: string;
  userId?: string;
  tokens?: Record<string, unknown>[];
  data?: { tokenName: string; tokenUuid: string; tokenValue: string; expirationDate: string };
}

const noon = new Date("2026-11-22T12:00:00.500Z");

function script(data: unknown, code = "return"): string {
  const base64 = Buffer.from(JSON.stringify(data)).toString("base64");
  return `def data = new JsonSlurper().parse('${base64}'.decodeBase64())\n${code}\nnull`;
}

describe("The script console of the simulated Jenkins", () => {
  let jenkins: Jenkins;

  async function start(options: JenkinsOptions = {}): Promise<Caller> {
    jenkins = await startJenkins({ now: () => noon, ...options });
    return new Caller(jenkins.url, "admin", jenkins.generate("admin", "to sign in with").tokenValue);
  }

  async function text(response: Promise<Response>): Promise<string> {
    return await (await response).text();
  }

  async function run(caller: Caller, data: Partial<ScriptData>): Promise<Printed> {
    const printed = await text(caller.post("/scriptText", { script: script(data) }));
    assert.match(printed, /^pulumi-jenkins:\{.*\}\n$/);
    return JSON.parse(printed.slice("pulumi-jenkins:".length)) as Printed;
  }

  afterEach(() => jenkins.close());

  it("lists a user's tokens, for any case of the user id", async () => {
    const admin = await start();
    const { tokenUuid, tokenValue } = jenkins.generate("alice", "ci", "2026-12-01");
    await new Caller(jenkins.url, "alice", tokenValue).get("/whoAmI/api/json");
    jenkins.generate("alice", "ünused");
    const { tokens, ...printed } = await run(admin, { verb: "list", userId: "ALICE" });
    assert.deepEqual(printed, { status: "ok", userId: "alice", countsUses: true });
    const at = noon.toISOString();
    const made = { isLegacy: false, isExpired: false, createdAt: at };
    const used = { tokenUuid, tokenName: "ci", ...made, useCount: 1, lastUsedAt: at, expirationDate: "2026-12-01" };
    const unused = { tokenName: "ünused", ...made, useCount: 0, lastUsedAt: null, expirationDate: "never" };
    assert.deepEqual(tokens?.[0], used);
    assert.deepEqual({ ...tokens?.[1], tokenUuid: "" }, { ...unused, tokenUuid: "" });
  });

  it("shows no uses if statistics are off, even earlier ones, and shows expired tokens", async () => {
    const admin = await start({ usageStatisticsEnabled: false });
    const { tokenUuid } = jenkins.generate("alice", "ci", "2026-11-21");
    jenkins.use("alice", tokenUuid, 3);
    const { tokens, ...printed } = await run(admin, { verb: "list", userId: "alice" });
    assert.deepEqual(printed, { status: "ok", userId: "alice", countsUses: false });
    const { useCount, lastUsedAt, isExpired } = { ...tokens?.[0] } as Record<string, unknown>;
    assert.deepEqual({ useCount, lastUsedAt, isExpired }, { useCount: 0, lastUsedAt: null, isExpired: true });
  });

  it("creates a token for any user, which logs in as that user", async () => {
    const admin = await start();
    const { data, ...printed } = await run(admin, {
      verb: "generate",
      userId: "alice",
      tokenName: "ci",
      expiresInDays: 9,
    });
    assert.deepEqual(printed, { status: "ok", userId: "alice" });
    const { tokenValue = "", ...described } = { ...data };
    const tokenUuid = jenkins.tokens("alice")[0]?.tokenUuid;
    assert.deepEqual(described, { tokenName: "ci", tokenUuid, expirationDate: "2026-12-01" });
    const alice = new Caller(jenkins.url, "alice", tokenValue);
    assert.match(await text(alice.get("/whoAmI/api/json")), /"name":"alice"/);
  });

  it("gives a token an expiry only if the request has one, even in the past", async () => {
    const admin = await start();
    const generate = { verb: "generate", userId: "alice", tokenName: "ci" } as const;
    assert.equal((await run(admin, generate)).data?.expirationDate, "never");
    assert.equal((await run(admin, { ...generate, expiresInDays: -1 })).data?.expirationDate, "2026-11-21");
  });

  it("renames a token, unless there is none", async () => {
    const admin = await start();
    const { tokenUuid } = jenkins.generate("alice", "old");
    const rename = { verb: "rename", userId: "alice", newName: "new" } as const;
    assert.deepEqual(await run(admin, { ...rename, tokenUuid }), { status: "ok", userId: "alice" });
    assert.equal(jenkins.tokens("alice")[0]?.tokenName, "new");
    const unknown = await run(admin, { ...rename, tokenUuid: "unknown" });
    assert.deepEqual(unknown, { status: "error", reason: "noSuchToken" });
  });

  it("revokes a token, with the same reply for a token that does not exist", async () => {
    const admin = await start();
    const { tokenUuid } = jenkins.generate("alice", "ci");
    for (const _ of ["there", "gone"]) {
      const printed = await run(admin, { verb: "revoke", userId: "alice", tokenUuid });
      assert.deepEqual(printed, { status: "ok", userId: "alice" });
    }
    assert.deepEqual(jenkins.tokens("alice"), []);
  });

  it("does nothing for a verb that is not in the script", async () => {
    const admin = await start();
    const { tokenUuid } = jenkins.generate("alice", "ci");
    for (const verb of ["dance", "Revoke", "constructor", ""]) {
      const data = { verb, userId: "alice", tokenUuid } as unknown as ScriptData;
      assert.deepEqual(await run(admin, data), { status: "error", reason: "unknownVerb" });
    }
    assert.equal(jenkins.tokens("alice").length, 1);
  });

  it("finds no user by full name, and creates no user", async () => {
    const admin = await start({
      users: [
        { id: "admin", administrator: true },
        { id: "gina", fullName: "Gina Full Name" },
      ],
    });
    for (const userId of ["Gina Full Name", "nobody"]) {
      const printed = await run(admin, { verb: "generate", userId, tokenName: "ci" });
      assert.deepEqual(printed, { status: "error", reason: "noSuchUser" });
    }
    assert.equal((await admin.get("/user/nobody/api/json")).status, 404);
  });

  it("prints a stack trace for the later of two simultaneous writes, and carries out both", async () => {
    const admin = await start();
    collide(jenkins, "/scriptText");
    const both = ["a", "b"].map((tokenName) => {
      return text(admin.post("/scriptText", { script: script({ verb: "generate", userId: "alice", tokenName }) }));
    });
    const [trace = "", line = ""] = (await Promise.all(both)).sort((one, other) => one.localeCompare(other));
    assert.match(line, /^pulumi-jenkins:/);
    assert.match(trace, /^java\.util\.ConcurrentModificationException\n\tat hudson\.XmlFile\.write/);
    assert.equal(jenkins.tokens("alice").length, 2);
  });

  it("collides with the descriptor's methods too", async () => {
    const admin = await start({ generateMs: 2_000 });
    const asked = run(admin, { verb: "generate", userId: "admin", tokenName: "a" });
    while (jenkins.tokens("admin").length < 2) await sleep(1);
    const collided = await admin.own("generateNewToken", { newTokenName: "b" });
    assert.equal(collided.status, 500);
    assert.equal((await asked).status, "ok");
  });

  it("records the data of each script that ran", async () => {
    const admin = await start();
    const data = { verb: "list", userId: "älice" };
    await admin.post("/scriptText", { script: script(data) });
    await admin.post("/scriptText", { script: script(data, "other") });
    await admin.post("/scriptText", { script: "println 1" });
    assert.deepEqual(jenkins.scripts, [data]);
  });

  it("runs only one script: the first one, or the one in its options", async () => {
    const list = { verb: "list", userId: "alice" };
    const admin = await start();
    assert.match(await text(admin.post("/scriptText", { script: script(list, "a") })), /^pulumi/);
    const other = await admin.post("/scriptText", { script: script({ ...list, userId: "bob" }, "println 'bob'") });
    assert.equal(other.status, 200);
    assert.match(
      await other.text(),
      /^org\.codehaus\.groovy\.control\.MultipleCompilationErrorsException: startup failed:\nScript1\.groovy: 2: .*\n {3}println 'bob'\n/,
    );
    await jenkins.close();
    const again = await start({ scriptText: script({}, "b") });
    assert.match(await text(again.post("/scriptText", { script: script(list, "a") })), /MultipleCompilationErrors/);
    assert.match(await text(again.post("/scriptText", { script: script(list, "b") })), /^pulumi/);
  });

  it("returns a stack trace for a script without data, or with data twice", async () => {
    const admin = await start();
    const list = script({ verb: "list", userId: "alice" });
    for (const other of ["nonsense", list + list, script(null), script("list")]) {
      const response = await admin.post("/scriptText", { script: other });
      assert.equal(response.status, 200);
      assert.match(await response.text(), /^groovy\.lang\.MissingPropertyException: No such property: \w+ for class/);
    }
  });

  it("prints nothing for an empty or missing script, and runs no script by GET", async () => {
    const admin = await start();
    for (const form of [{}, { script: "" }]) {
      const response = await admin.post("/scriptText", form as Record<string, string>);
      assert.deepEqual([response.status, await response.text()], [200, ""]);
      assert.equal(response.headers.get("content-type"), "text/plain;charset=utf-8");
      assert.equal(response.headers.get("x-jenkins"), null);
    }
    assert.equal((await admin.get("/scriptText")).status, 200);
    assert.equal((await admin.get("/scriptText?script=println(1)")).status, 405);
  });

  it("needs a separate permission before 2.222", async () => {
    await start({ version: "2.169" });
    const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "x").tokenValue);
    const { status, headers } = await alice.post("/scriptText", { script: "println 1" });
    assert.equal(status, 403);
    assert.equal(headers.get("x-required-permission"), "hudson.model.Hudson.RunScripts");
    assert.equal(headers.get("x-permission-implied-by"), "hudson.model.Hudson.Administer");
  });

  it("has no expiry before 2.548", async () => {
    const admin = await start({ version: "2.516.2" });
    const generate = { verb: "generate", userId: "alice", tokenName: "ci", expiresInDays: 9 } as const;
    const { data } = await run(admin, generate);
    assert.deepEqual(Object.keys(data ?? {}), ["tokenName", "tokenUuid", "tokenValue"]);
    const { tokens } = await run(admin, { verb: "list", userId: "alice" });
    assert.equal(tokens?.[0] && "expirationDate" in tokens[0], false);
    assert.equal(jenkins.tokens("alice")[0]?.expiresOn, undefined);
  });

  it("is only for administrators, and needs a crumb for a login by password", async () => {
    await start();
    const form = { script: script({ verb: "list", userId: "alice" }) };
    const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "x").tokenValue);
    const denied = await alice.post("/scriptText", form);
    assert.equal(denied.status, 403);
    assert.equal(denied.headers.get("x-required-permission"), "hudson.model.Hudson.Administer");
    const admin = new Caller(jenkins.url, "admin", "admin-password");
    assert.match(await text(admin.post("/scriptText", form)), /No valid crumb/);
    assert.match(await text(admin.post("/scriptText", form, await admin.crumb())), /^pulumi-jenkins:/);
    assert.equal(jenkins.scripts.length, 1);
  });
});
