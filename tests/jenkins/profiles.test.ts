import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "./server.ts";

const noon = new Date("2026-11-22T12:00:00Z");
const day = 24 * 60 * 60 * 1000;

describe("The simulated Jenkins, by its version,", () => {
  let jenkins: Jenkins;
  let now = noon;

  async function start(version: string, options: JenkinsOptions = {}): Promise<Caller> {
    now = noon;
    jenkins = await startJenkins({ version, now: () => now, ...options });
    return new Caller(jenkins.url, "alice", "alice-password");
  }

  async function status(caller: Caller, headers: Record<string, string>): Promise<number> {
    return (await caller.own("generateNewToken", { newTokenName: "x" }, headers)).status;
  }

  function withoutCookie({ Cookie: _, ...crumb }: Record<string, string>): Record<string, string> {
    return crumb;
  }

  async function page(caller: Caller, path: string, language = "en"): Promise<string> {
    return (await caller.get(path, { "Accept-Language": language })).text();
  }

  afterEach(() => jenkins.close());

  it("issues a crumb of 32 digits that needs no session, up to 2.176.2", async () => {
    for (const version of ["2.169", "2.176.2"]) {
      const alice = await start(version);
      const crumb = await alice.crumb();
      assert.match(crumb["Jenkins-Crumb"] ?? "", /^[0-9a-f]{32}$/);
      assert.equal(crumb["Cookie"], "");
      assert.equal(await status(alice, withoutCookie(crumb)), 200);
      assert.equal(await status(new Caller(jenkins.url, "bob", "bob-password"), withoutCookie(crumb)), 403);
      await jenkins.close();
    }
  });

  it("accepts no crumb without a session in a session with 2.176.2", async () => {
    const alice = await start("2.176.2");
    const { "Jenkins-Crumb": crumb = "" } = await alice.crumb();
    const cookie = (await alice.get("/login")).headers.get("set-cookie")?.split(";")[0] ?? "";
    assert.equal(await status(alice, { "Jenkins-Crumb": crumb, Cookie: cookie }), 403);
  });

  it("gives an anonymous user an authority without a name, up to 2.265", async () => {
    const authorities: Record<string, string[]> = {};
    for (const version of ["2.249.3", "2.313"]) {
      await start(version);
      const response = await fetch(`${jenkins.url}/whoAmI/api/json`);
      authorities[version] = ((await response.json()) as { authorities: string[] }).authorities;
      await jenkins.close();
    }
    assert.deepEqual(authorities, { "2.249.3": [""], "2.313": ["anonymous"] });
  });

  it("escapes > in the name of a token on the page, before 2.475", async () => {
    const shown: Record<string, string | undefined> = {};
    for (const version of ["2.249.3", "2.384", "2.475"]) {
      const alice = await start(version);
      jenkins.generate("alice", `<a> & "b"`);
      const path = version === "2.475" ? "/user/alice/security/" : "/user/alice/configure";
      shown[version] = /token-name" value="(&lt;[^"]*)"/.exec(await page(alice, path))?.[1];
      await jenkins.close();
    }
    assert.deepEqual(shown, {
      "2.249.3": "&lt;a&gt; &amp; &quot;b&quot;",
      "2.384": "&lt;a&gt; &amp; &quot;b&quot;",
      "2.475": "&lt;a> &amp; &quot;b&quot;",
    });
  });

  it("creates a session for its crumb of 32 digits with 2.176.3", async () => {
    const alice = await start("2.176.3");
    const crumb = await alice.crumb();
    assert.match(crumb["Jenkins-Crumb"] ?? "", /^[0-9a-f]{32}$/);
    assert.equal(await status(alice, crumb), 200);
    assert.equal(await status(alice, withoutCookie(crumb)), 403);
  });

  it("accepts a crumb only from the same client address up to 2.542, as the first forwarding proxy reports it", async () => {
    const statuses: Record<string, number[]> = {};
    for (const version of ["2.532", "2.547"]) {
      const alice = await start(version);
      const response = await alice.get("/crumbIssuer/api/json", { "X-Forwarded-For": "10.0.0.1, 10.0.0.9" });
      const { crumb } = (await response.json()) as { crumb: string };
      const headers = { "Jenkins-Crumb": crumb, Cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "" };
      statuses[version] = [
        await status(alice, { ...headers, "X-Forwarded-For": "10.0.0.1, 10.0.0.7" }),
        await status(alice, { ...headers, "X-Forwarded-For": "10.0.0.2, 10.0.0.9" }),
        await status(alice, headers),
      ];
      await jenkins.close();
    }
    assert.deepEqual(statuses, { "2.532": [200, 403, 403], "2.547": [200, 200, 200] });
  });

  it("also needs a crumb with an API token, with 2.72", async () => {
    await start("2.72");
    const alice = new Caller(jenkins.url, "alice", jenkins.legacyToken("alice"));
    assert.equal((await alice.own("changeToken", {})).status, 403);
    const crumb = await alice.crumb();
    assert.equal((await alice.own("changeToken", {}, crumb)).status, 200);
    assert.equal((await alice.get("/whoAmI/api/json")).status, 401);
    assert.throws(() => jenkins.generate("alice", "x"), /2\.72 has no tokens with names/);
  });

  it("creates tokens that never expire up to 2.547, and ignores an expiry", async () => {
    const form = { newTokenName: "x", expirationDuration: "30" };
    const replies: Record<string, string[]> = {};
    for (const version of ["2.547", "2.548"]) {
      const alice = await start(version);
      const response = await alice.own("generateNewToken", form, await alice.crumb());
      const { data } = (await response.json()) as { data: object };
      replies[version] = [...Object.keys(data), jenkins.tokens("alice")[0]?.expiresOn ?? "never"];
      await jenkins.close();
    }
    assert.deepEqual(replies, {
      "2.547": ["tokenName", "tokenUuid", "tokenValue", "never"],
      "2.548": ["aboutToExpire", "tokenName", "tokenUuid", "tokenValue", "expirationDate", "2026-12-22"],
    });
  });

  it("compresses a page if the client accepts it, even without `Vary`", async () => {
    const alice = await start("2.313");
    const compressed = await alice.get("/user/alice/configure", { "Accept-Encoding": "gzip" });
    assert.equal(compressed.headers.get("content-encoding"), "gzip");
    assert.equal(compressed.headers.get("vary"), null);
    const json = await alice.get("/me/api/json", { "Accept-Encoding": "gzip" });
    assert.equal(json.headers.get("content-encoding"), null);
  });

  it("fails to write a user's file even for an unknown token to revoke up to 2.259", async () => {
    const statuses: number[] = [];
    for (const version of ["2.249.3", "2.313"]) {
      await start(version);
      const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "x").tokenValue);
      await alice.own("generateNewToken", { newTokenName: "\uFFFE" });
      statuses.push((await alice.own("revoke", { tokenUuid: "00000000-0000-0000-0000-000000000000" })).status);
      await jenkins.close();
    }
    assert.deepEqual(statuses, [500, 200]);
  });

  it("renders 3,000 tokens, as rows and as cards", async () => {
    for (const [version, path] of [
      ["2.169", "/user/alice/configure"],
      ["2.499", "/user/alice/security/"],
      ["2.568.1", "/user/alice/security/"],
    ] as const) {
      const alice = await start(version);
      for (let made = 0; made < 3_000; made += 1) jenkins.generate("alice", `token ${made}`);
      const html = await page(alice, path);
      assert.equal(html.match(/token-list-existing-item|class="token-card "/g)?.length, 3_000, version);
      await jenkins.close();
    }
  });

  it("names a token without a name in the caller's language, if that version has the translation", async () => {
    const names: (string | undefined)[] = [];
    for (const version of ["2.384", "2.475"]) {
      await start(version);
      const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "x").tokenValue);
      for (const language of ["sv-SE", "de"]) {
        await alice.own("generateNewToken", {}, { "Accept-Language": language });
        names.push(jenkins.tokens("alice").at(-1)?.tokenName.replace(noon.toISOString(), "…"));
      }
      await jenkins.close();
    }
    assert.deepEqual(names, ["Token created on …", "Token created on …", "Token skapades …", "Token created on …"]);
  });

  it("shows the age of a token and its last use in days, and its expiry in later versions", async () => {
    const alice = await start("2.516.2");
    const { tokenUuid } = jenkins.generate("alice", "x");
    jenkins.use("alice", tokenUuid, 12_345);
    const ages: string[][] = [];
    for (const days of [0, 6]) {
      now = new Date(noon.getTime() + days * day);
      const html = await page(alice, "/user/alice/security/");
      ages.push([...html.matchAll(/>((?:Created|Last used) (?!just)[^<]*)</g)].map(([, text]) => text ?? ""));
    }
    assert.deepEqual(ages, [
      ["Created today", "Last used today"],
      ["Created 6 days ago", "Last used 6 days ago"],
    ]);
  });

  it("formats the uses of a token in the caller's language, while tokens are rows", async () => {
    const alice = await start("2.499");
    const { tokenUuid } = jenkins.generate("alice", "x");
    jenkins.use("alice", tokenUuid, 12_345);
    assert.match(await page(alice, "/user/alice/security/"), />Used <b>12,345<\/b> time\(s\), last time was <b>0<\/b>/);
    assert.match(await page(alice, "/user/alice/security/", "ja"), /><b>12,345<\/b> 回使用/);
    assert.match(await page(alice, "/user/alice/security/", "sv-SE"), />Använts <b>12\u00A0345<\/b> gång\(er\)/);
  });

  it("counts the uses of a token, unless statistics are off", async () => {
    for (const [usageStatisticsEnabled, counted] of [
      [true, 2],
      [false, 0],
    ] as const) {
      await start("2.568.1", { usageStatisticsEnabled });
      const alice = new Caller(jenkins.url, "alice", jenkins.generate("alice", "x").tokenValue);
      await alice.get("/whoAmI/api/json");
      await page(alice, "/user/alice/security/");
      assert.equal(jenkins.tokens("alice")[0]?.useCount, counted);
      await jenkins.close();
    }
  });

  it("supports only the versions that have a profile", async () => {
    await start("2.568.1");
    await assert.rejects(
      startJenkins({ version: "2.414.3" }),
      /no profile of Jenkins 2\.414\.3, only of 2\.72, 2\.169,/,
    );
  });
});
