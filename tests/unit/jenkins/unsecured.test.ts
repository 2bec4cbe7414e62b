import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { byPassword, byToken, clientOf } from "../../support/quick.ts";

const TOKEN = `11${"5ec7e7".repeat(5)}a1`;

describe("a Jenkins that answers a login as an anonymous user", () => {
  let jenkins: Jenkins;

  afterEach(() => jenkins.close());

  for (const login of [byToken("alice", TOKEN), byPassword("alice")]) {
    const open = () => clientOf(jenkins.url, login);
    const { kind } = login.secret;

    it(`has no security, and the error says so after a login by ${kind}`, async () => {
      jenkins = await startJenkins({ useSecurity: false });
      const error = {
        code: "ERR_JENKINS_FORBIDDEN",
        message: `Logging in to Jenkins as alice failed: GET ${jenkins.url}/whoAmI/api/json answered 200. Security is switched off on this Jenkins: it knows no users, so nobody has API tokens. Switch it on in Jenkins.`,
      };
      await assert.rejects(open().whoAmI(), error);
      await assert.rejects(open().signsIn(), error);
    });

    it(`has not received the login, and the error says so after a login by ${kind}`, async () => {
      jenkins = await startJenkins();
      jenkins.intercept = ({ headers }) => {
        delete headers["authorization"];
        delete headers["cookie"]; // The session of the login form.
        return undefined;
      };
      await assert.rejects(open().whoAmI(), {
        code: "ERR_JENKINS_FORBIDDEN",
        message:
          /answered 200\. Jenkins saw no login in the request: does a proxy on the way drop the Authorization header\?$/,
      });
    });
  }

  it("is asked without the login whether it has security", async () => {
    jenkins = await startJenkins({ useSecurity: false });
    await assert.rejects(clientOf(jenkins.url, byToken("alice", TOKEN)).whoAmI());
    const [asked] = jenkins.requests("GET", "api/json").filter(({ path }) => path.startsWith("/api/json"));
    assert.equal(asked?.status, 200);
    assert.equal(asked.headers.authorization, undefined);
  });
});
