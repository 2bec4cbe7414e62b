import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { isUserGone } from "../../../provider/resources/gone.ts";
import { type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { byPassword, clientOf } from "../../support/quick.ts";

describe("the users of a Jenkins:", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    jenkins = await startJenkins({
      contextPath: "/ci",
      users: [
        { id: "admin", password: "admin-password", administrator: true },
        { id: "AbC", fullName: "Ada" },
        { id: "a/b c%?#é", fullName: "odd" },
      ],
    });
  });

  afterEach(() => jenkins.close());

  const open = (url = jenkins.url) => clientOf(url, byPassword("admin"));

  it("the id of an owner is in the server's spelling, and is asked for once", async () => {
    const admin = open();
    assert.equal(await admin.ownerOf("aBc"), "AbC");
    assert.equal(await admin.ownerOf("aBc"), "AbC");
    assert.equal(jenkins.requests("GET", "api/json").length, 2); // whoAmI and this user.
    assert.equal(admin.hasActedFor("AbC"), true);
    assert.equal(admin.hasActedFor("admin"), false);
  });

  it("the user of the login needs no request besides whoAmI", async () => {
    assert.equal(await open().ownerOf("admin"), "admin");
    assert.deepEqual(
      jenkins.work.map(({ path }) => path),
      ["/ci/whoAmI/api/json"],
    );
  });

  it("the server decides whether an id in other letters is the same user", async () => {
    jenkins.intercept = ({ path }) =>
      path.includes("/user/Admin/") ? { kind: "reply", status: 200, body: `{"id":"Admin"}` } : undefined;
    assert.equal(await open().ownerOf("Admin"), "Admin");
    assert.equal(await open().ownerOf("ADMIN"), "admin");
  });

  it("an id with odd characters is found", async () => {
    assert.equal(await open().ownerOf("a/b c%?#é"), "a/b c%?#é");
  });

  it("a full name is not an id", async () => {
    await assert.rejects(open().ownerOf("Ada"), {
      code: "ERR_JENKINS_REJECTED",
      status: 404,
      message: /Ada is not an id but the full name of AbC\. Name users by their id\.$/,
    });
  });

  it("a missing user causes an error that says so", async () => {
    await assert.rejects(open().ownerOf("nobody"), {
      code: "ERR_JENKINS_REJECTED",
      message: `Looking for the user nobody failed: GET ${jenkins.url}/user/nobody/api/json?tree=id answered 404. There is no such user on this Jenkins.`,
    });
  });

  it("a url without the context path causes an error that says so", async () => {
    const root = jenkins.url.replace("/ci", "");
    await assert.rejects(open(root).ownerOf("AbC"), {
      code: "ERR_JENKINS_REJECTED",
      message: `Logging in to Jenkins as admin failed: GET ${root}/whoAmI/api/json answered 404. ${root} is not the root url of a Jenkins: is its path (such as /jenkins) missing or wrong?`,
    });
  });

  it("a Jenkins that is too old for API tokens causes an error with its version", async () => {
    jenkins.intercept = ({ path }) => {
      if (path.endsWith("/login")) return { kind: "reply", status: 200, headers: { "X-Jenkins": "2.60.3" } };
      return path.includes("/user/") ? { kind: "reply", status: 404 } : undefined;
    };
    await assert.rejects(new RestTokens(open(), "AbC").revoke("one"), {
      message: /answered 404\. This Jenkins is 2\.60\.3: API tokens with a name need 2\.129 or later\.$/,
    });
  });

  it("a user is not gone if Jenkins finds the user", async () => {
    assert.equal(await isUserGone(open(), "AbC"), false);
  });

  it("a user is gone if Jenkins is up, accepts the login and twice does not find the user", async () => {
    assert.equal(await isUserGone(open(), "nobody"), true);
    assert.equal(jenkins.requests("GET", "json").filter(({ path }) => path.includes("nobody")).length, 2);
    assert.ok(jenkins.requests("GET", "login").length > 0);
  });

  it("a user is not gone if the second request finds the user", async () => {
    let looks = 0;
    jenkins.intercept = ({ path }) =>
      path.includes("/user/AbC/") && ++looks === 1 ? { kind: "reply", status: 404 } : undefined;
    assert.equal(await isUserGone(open(), "AbC"), false);
  });

  it("whether a user is gone is unknown if Jenkins has moved to another path", async () => {
    const admin = open();
    await admin.ownerOf("admin");
    jenkins.intercept = () => ({ kind: "reply", status: 404, body: "<h2>Not Found</h2>" });
    await assert.rejects(isUserGone(admin, "AbC"), { code: "ERR_JENKINS_REJECTED", status: 404 });
  });

  it("whether a user is gone is known although the login page is closed, if Jenkins accepts the login", async () => {
    jenkins.intercept = ({ path }) => (path.endsWith("/login") ? { kind: "reply", status: 302 } : undefined);
    assert.equal(await isUserGone(open(), "nobody"), true);
  });

  it("whether a user is gone is unknown if the login page gives no answer", async () => {
    jenkins.intercept = ({ path }) => (path.endsWith("/login") ? { kind: "drop", when: "before" } : undefined);
    await assert.rejects(isUserGone(open(), "nobody"), { code: "ERR_JENKINS_REJECTED", status: 404 });
  });

  it("whether a user is gone is unknown if the login is refused meanwhile", async () => {
    const admin = open();
    await admin.whoAmI();
    jenkins.setPassword("admin", "changed");
    await assert.rejects(isUserGone(admin, "nobody"), { code: "ERR_JENKINS_FORBIDDEN", status: 401 });
  });
});
