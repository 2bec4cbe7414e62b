import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Jenkins } from "../jenkins/server.ts";
import { type Host, PROVIDER, startHost } from "../support/host.ts";
import { behind, type FrontDoor, needs } from "./program.ts";
import { startForwardSquid } from "./squid.ts";

const inputs = { autoName: "shop/dev/ci", __provider: PROVIDER };

/** Runs `act` in a separate host that reaches Jenkins through a Squid, because HTTP_PROXY is read once per process. */
async function through(
  login: string,
  act: (host: Host, jenkins: Jenkins, door: FrontDoor) => Promise<void>,
): Promise<void> {
  await behind(
    () => startForwardSquid("joe pass-of-joe"),
    {},
    async (jenkins, door) => {
      const host = await startHost({
        JENKINS_URL: jenkins.url,
        JENKINS_USER_ID: "alice",
        JENKINS_PASSWORD: "alice-password",
        HTTP_PROXY: door.origin.replace("//", `//${login}`),
      });
      try {
        await act(host, jenkins, door);
      } finally {
        await host.end();
      }
    },
  );
}

describe("A Squid that requires credentials", () => {
  needs("squid");

  it("gets them from the URL in HTTP_PROXY, and lets a token be created and revoked", async () => {
    await through("joe:pass-of-joe@", async (host, jenkins) => {
      const { id, outs } = await host.create(inputs);
      assert.equal(jenkins.tokens("alice").length, 1);
      await host.delete(id, outs);
      assert.deepEqual(jenkins.tokens("alice"), []);
      assert.ok(jenkins.log.every(({ headers }) => "x-forwarded-for" in headers));
    });
  });

  for (const [what, login, remedy] of [
    ["a wrong login", "joe:wrong-pass-of-joe@", /does not accept the login: write the right user:password@/],
    ["none", "", /wants a login: write user:password@/],
  ] as const) {
    it(`answers ${what} with a 407, which the error attributes to the proxy, and no request reaches Jenkins`, async () => {
      await through(login, async (host, jenkins, door) => {
        await assert.rejects(host.create(inputs), (error: Error) => {
          assert.match(error.message, /the proxy \S+ \(from HTTP_PROXY\) answered 407\. It /);
          assert.match(error.message, remedy);
          return true;
        });
        assert.doesNotMatch(host.printed, /pass-of-joe|alice-password/);
        await door.accessLog(/^407 GET /);
        assert.deepEqual(jenkins.log, []);
      });
    });
  }
});
