import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Clients } from "../../../provider/jenkins/client.ts";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { byToken, quick } from "../../support/quick.ts";

describe("The cookie of a load balancer", () => {
  let jenkins: Jenkins;
  let clients: Clients;

  beforeEach(async () => {
    clients = new Clients();
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  const open = (url: string, id: string) =>
    clients.open(url, byToken(id, jenkins.generate(id, "login").tokenValue), {}, quick);

  /** The cookies that the sessions of alice and bob send after a reply to alice has set `cookie`. */
  async function cookiesAfter(cookie: string): Promise<unknown[]> {
    const [alice, bob] = [open(jenkins.url, "alice"), open(jenkins.url, "bob")];
    jenkins.passBack = (reply) => ({ ...reply, headers: { ...reply.headers, "Set-Cookie": `${cookie}; Path=/` } });
    await alice.whoAmI();
    jenkins.passBack = ({ headers: { "Set-Cookie": _, ...headers }, ...reply }) => ({ ...reply, headers });
    jenkins.log.length = 0;
    const { tokenUuid } = await new RestTokens(alice, "alice").generate({ tokenName: "ci" });
    await new RestTokens(bob, "bob").list();
    await new RestTokens(alice, "alice").revoke(tokenUuid);
    assert.equal(jenkins.log.length, 3);
    return jenkins.log.map(({ headers }) => headers["cookie"]);
  }

  for (const cookie of ["AWSALB=a/b+c==", "AWSALBCORS=x", "SERVERID=s1", "route=1700000000.1"]) {
    it(`${cookie} is sent by all sessions of the process that log in to this Jenkins with an API token`, async () => {
      assert.deepEqual(new Set(await cookiesAfter(cookie)), new Set([cookie]));
    });
  }

  for (const cookie of [
    "JSESSIONID=node01",
    "JSESSIONID.1a2b3c4d=node01",
    "remember-me=abc",
    "ACEGI_SECURITY_HASHED_REMEMBER_ME_COOKIE=x",
  ]) {
    it(`is never ${cookie}, which would start a session that needs a crumb`, async () => {
      assert.deepEqual(new Set(await cookiesAfter(cookie)), new Set([undefined]));
    });
  }

  it("is not sent to another Jenkins", async () => {
    await cookiesAfter("SERVERID=s1");
    const other = await startJenkins();
    const { tokenValue } = other.generate("alice", "login");
    await clients.open(other.url, byToken("alice", tokenValue), {}, quick).whoAmI();
    const sent = other.log.map(({ headers }) => headers["cookie"]);
    await other.close();
    assert.deepEqual(sent, [undefined]);
  });
});
