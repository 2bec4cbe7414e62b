import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Host, PROVIDER, startHost } from "../support/host.ts";
import { collide } from "../support/plugin-held.ts";

const TOKENS = 10;

describe("Two processes of Pulumi that create tokens for one user at once", () => {
  let jenkins: Jenkins;
  const hosts: Host[] = [];

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.end()));
    await jenkins.close();
  });

  it("both succeed, although Jenkins fails when it writes the user's file twice at once", async () => {
    jenkins = await startJenkins();
    collide(jenkins, "/generateNewToken");
    const { tokenValue } = jenkins.generate("alice", "login");
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: tokenValue };
    hosts.push(...(await Promise.all([startHost(environment), startHost(environment)])));
    const each = <T>(act: (host: Host, index: number) => Promise<T>) =>
      Promise.all(
        hosts.flatMap((host) =>
          Array.from({ length: TOKENS }, async (_, index) => ({ host, made: await act(host, index) })),
        ),
      );

    const tokens = await each((host, index) =>
      host.create({ autoName: `ci-${hosts.indexOf(host)}-${index}`, __provider: PROVIDER }),
    );
    const uuids = () => jenkins.tokens("alice").map(({ tokenUuid }) => tokenUuid);
    assert.deepEqual(new Set(uuids().slice(1)), new Set(tokens.map(({ made }) => made.id)));
    assert.equal(uuids().length, 1 + 2 * TOKENS);
    const failed = jenkins.requests("POST", "generateNewToken").filter(({ status }) => status === 500);
    assert.ok(failed.length > 0, "they never met");
  });
});
