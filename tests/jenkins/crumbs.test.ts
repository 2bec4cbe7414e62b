import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { Caller } from "./caller.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "./server.ts";

const json = "/crumbIssuer/api/json";
const xml = "/crumbIssuer/api/xml";
const plain = `${xml}?xpath=concat(//crumbRequestField,%22:%22,//crumb)`;

describe("The crumbs of the simulated Jenkins", () => {
  let jenkins: Jenkins;
  let now = new Date("2026-11-22T12:00:00Z");

  async function start(options: JenkinsOptions): Promise<Caller> {
    now = new Date("2026-11-22T12:00:00Z");
    jenkins = await startJenkins({ now: () => now, ...options });
    return new Caller(jenkins.url, "alice", "alice-password");
  }

  async function status(caller: Caller, headers: Record<string, string>): Promise<number> {
    return (await caller.own("generateNewToken", {}, headers)).status;
  }

  afterEach(() => jenkins.close());

  it("differ each time with the strict issuer, and are all valid in their session", async () => {
    const alice = await start({ strictCrumbs: true });
    const Referer = jenkins.url + json;
    const first = await alice.crumb();
    const second = await alice.get(json, { Cookie: first["Cookie"] ?? "" });
    const { crumb } = (await second.json()) as { crumb: string };
    assert.match(crumb, /^[0-9a-f]{128}$/);
    assert.notEqual(first["Jenkins-Crumb"], crumb);
    assert.equal(await status(alice, { ...first, Referer }), 200);
    assert.equal(await status(alice, { ...first, Referer, "Jenkins-Crumb": crumb }), 200);
  });

  it("are invalid with the strict issuer in another session, and for another user", async () => {
    const alice = await start({ strictCrumbs: true });
    const Referer = jenkins.url + json;
    const { "Jenkins-Crumb": crumb = "", Cookie = "" } = await alice.crumb();
    const other = await alice.crumb();
    assert.equal(await status(alice, { ...other, Referer, "Jenkins-Crumb": crumb }), 403);
    assert.equal(await status(alice, { Referer, "Jenkins-Crumb": crumb }), 403);
    assert.equal(await status(alice, { Referer, "Jenkins-Crumb": crumb.slice(2), Cookie }), 403);
    const bob = new Caller(jenkins.url, "bob", "bob-password");
    assert.equal(await status(bob, { Referer, "Jenkins-Crumb": crumb, Cookie }), 403);
  });

  it("need the URL of their page as the Referer with the strict issuer, including its query", async () => {
    const alice = await start({ strictCrumbs: true, contextPath: "/ci" });
    const crumb = await alice.crumb();
    assert.equal(await status(alice, crumb), 403);
    assert.equal(await status(alice, { ...crumb, Referer: `${jenkins.url}/` }), 403);
    assert.equal(await status(alice, { ...crumb, Referer: jenkins.url + json }), 200);
    const response = await alice.get(plain, { Cookie: crumb["Cookie"] ?? "" });
    const [field = "", value = ""] = (await response.text()).split(":");
    const fromXml = { [field]: value, Cookie: crumb["Cookie"] ?? "" };
    assert.equal(await status(alice, { ...fromXml, Referer: jenkins.url + xml }), 403);
    assert.equal(await status(alice, { ...fromXml, Referer: jenkins.url + plain }), 200);
  });

  it("are valid for two hours with the strict issuer", async () => {
    const alice = await start({ strictCrumbs: true });
    const crumb = { ...(await alice.crumb()), Referer: jenkins.url + json };
    now = new Date("2026-11-22T14:04:59Z");
    assert.equal(await status(alice, crumb), 200);
    now = new Date("2026-11-22T14:05:00Z");
    assert.equal(await status(alice, crumb), 403);
  });

  it("have the class of their issuer", async () => {
    const alice = await start({ strictCrumbs: true });
    const strict = "org.jenkinsci.plugins.strictcrumbissuer.StrictCrumbIssuer";
    assert.match(await (await alice.get(json)).text(), new RegExp(`^{"_class":"${strict}",`));
    assert.match(await (await alice.get(xml)).text(), new RegExp(`^<strictCrumbIssuer _class='${strict}'>`));
    await jenkins.close();
    const other = await start({});
    assert.match(await (await other.get(xml)).text(), /^<defaultCrumbIssuer _class='hudson\.security\.csrf\./);
  });

  for (const [blocksJsonCrumbs, expected] of [
    [403, 403],
    [404, 404],
    ["html", 200],
  ] as const) {
    it(`are available only as text behind a proxy that answers ${blocksJsonCrumbs} to their JSON`, async () => {
      const alice = await start({ blocksJsonCrumbs, contextPath: "/ci" });
      const blocked = await alice.get(`${json}?tree=crumb`);
      assert.equal(blocked.status, expected);
      assert.deepEqual([blocked.headers.get("server"), blocked.headers.get("x-jenkins")], ["nginx", null]);
      assert.match(await blocked.text(), /^<html>/);
      const response = await alice.get(plain);
      const Cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
      const [, field = "", crumb = ""] = /^(Jenkins-Crumb):([0-9a-f]{64})$/.exec(await response.text()) ?? [];
      assert.equal(await status(alice, { [field]: crumb, Cookie }), 200);
      assert.equal((await alice.get("/whoAmI/api/json")).status, 200);
    });
  }
});
