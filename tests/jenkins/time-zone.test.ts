import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { type Jenkins, startJenkins } from "./server.ts";

describe("In a time zone of its own the simulated Jenkins", () => {
  let jenkins: Jenkins;
  let now = new Date();

  async function start(timeZone: string, at: string): Promise<void> {
    now = new Date(at);
    jenkins = await startJenkins({ now: () => now, timeZone });
  }

  async function whoAmI(tokenValue: string): Promise<number> {
    return (await new Caller(jenkins.url, "alice", tokenValue).get("/whoAmI/api/json")).status;
  }

  afterEach(() => jenkins.close());

  it("accepts a token until the end of its expiry day in that time zone", async () => {
    await start("Pacific/Kiritimati", "2026-11-22T09:59:59Z");
    const { tokenValue } = jenkins.generate("alice", "short", "2026-11-22");
    assert.equal(await whoAmI(tokenValue), 200);
    now = new Date("2026-11-22T10:00:00Z");
    assert.equal(await whoAmI(tokenValue), 401);
  });

  it("accepts a token longer than in UTC if the day ends later", async () => {
    await start("America/New_York", "2026-11-23T04:59:59Z");
    const { tokenValue } = jenkins.generate("alice", "long", "2026-11-22");
    assert.equal(await whoAmI(tokenValue), 200);
    now = new Date("2026-11-23T05:00:00Z");
    assert.equal(await whoAmI(tokenValue), 401);
  });

  it("counts the days of an expiry from the present day in that time zone", async () => {
    await start("Pacific/Kiritimati", "2026-11-22T12:00:00Z");
    const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "to sign in with").tokenValue);
    await alice.own("generateNewToken", { expirationDuration: "7" });
    assert.equal(jenkins.tokens("alice").at(-1)?.expiresOn, "2026-11-30");
    const form = { expirationDuration: "custom", tokenExpiration: "2026-11-22" };
    assert.match(await (await alice.own("generateNewToken", form)).text(), /Expiration date is in the past/);
  });

  it("counts them in the same way for the script console", async () => {
    await start("Pacific/Kiritimati", "2026-11-22T12:00:00Z");
    const data = { verb: "generate", userId: "alice", tokenName: "x", expiresInDays: 1 };
    const script = `parse('${Buffer.from(JSON.stringify(data)).toString("base64")}'.decodeBase64())`;
    const admin = new Caller(jenkins.url, "admin", jenkins.generate("admin", "to sign in with").tokenValue);
    await admin.post("/scriptText", { script });
    assert.equal(jenkins.tokens("alice").at(-1)?.expiresOn, "2026-11-24");
  });

  it("renders its page by that clock", async () => {
    await start("Pacific/Kiritimati", "2026-11-22T12:00:00Z");
    jenkins.generate("alice", "a", "2026-11-22");
    jenkins.generate("alice", "b", "2026-11-23");
    const alice = new Caller(jenkins.url, "alice", "alice-password");
    const page = await (await alice.get("/user/alice/security/", { "Accept-Language": "sv-SE" })).text();
    const cards = [...page.matchAll(/tooltip="([^"]*)" class="\w+ token-creation">([^<]*)</g)];
    assert.deepEqual(
      cards.map(([, created, text]) => [created, text]),
      [
        ["Created on 23 nov. 2026 02:00:00", "This token has expired"],
        ["Created on 23 nov. 2026 02:00:00", "Expires on 2026-11-23"],
      ],
    );
  });
});
