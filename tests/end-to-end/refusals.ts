import assert from "node:assert/strict";
import type { Claims } from "./side-by-side.ts";

const CI = `export const { tokenValue } = new JenkinsApiToken("ci");`;

/** Wrong settings, and lost replies. */
export const refusals: Claims = {
  "a wrong password is reported in one clear sentence, and leaves nothing in the state": async (story) => {
    const wrong = `${story.password} `;
    story.workshop.secrets.addLogin("alice", "a wrong password", wrong);
    const stack = await story.stack(CI, { ...story.passwordLogin, JENKINS_PASSWORD: wrong });
    const output = await stack.failing("up");
    assert.match(
      output,
      /Jenkins does not accept the password of alice \(from: environment\): set the right one there\./,
    );
    assertNoStack(output);
    assert.deepEqual(stack.resources(), []);
    assert.deepEqual(story.newChanges(), []);
  },

  "a refused connection and an unknown host are reported as such, and leave nothing in the state": async (story) => {
    const connections = {
      refused: { url: await story.urlOfNobody(), username: "alice" },
      unknown: { url: "http://jenkins.invalid", username: "alice" },
    };
    const stack = await story.stack(
      `for (const [name, connection] of Object.entries(${JSON.stringify(connections)})) {
        new JenkinsApiToken(name, { connection: { ...connection, apiToken: process.env.TOKEN } });
      }`,
      { TOKEN: story.loginToken },
    );
    const output = await stack.failing("up", "--continue-on-error");
    assert.match(output, /the connection was refused\. Is Jenkins running, and is this its address\?/);
    assert.match(output, /the host name (is unknown|could not be looked up)\. Check the url of Jenkins/);
    assertNoStack(output);
    assert.deepEqual(stack.resources(), []);
  },

  "invalid inputs fail before any request": async (story) => {
    const stack = await story.stack("");
    const declarations = {
      '{ tokenNaem: "x" }': /tokenNaem: is not a property of a JenkinsApiToken/,
      '{ tokenName: "" }': /tokenName.* must not be empty/,
      "{ connection: { url: process.env.JENKINS_URL, username: 'alice', apiToken: process.env.TOKEN, password: process.env.PASSWORD } }":
        /names both an API token and a password for one login/,
    };
    stack.environment = { ...stack.environment, TOKEN: story.loginToken, PASSWORD: story.password };
    for (const [declaration, reason] of Object.entries(declarations)) {
      stack.write(`new JenkinsApiToken("ci", ${declaration});`);
      const output = await stack.failing("preview");
      assert.match(output, reason);
      assertNoStack(output);
    }
    stack.write(CI);
    stack.environment["JENKINS_URL"] = "";
    assert.match(await stack.failing("preview"), /the url of Jenkins is missing: set JENKINS_URL, jenkins:url/);
    assert.deepEqual(story.newRequests(), []);
  },

  "a token whose reply is lost is recorded as pending, and the next up creates another and revokes the first": async (
    story,
  ) => {
    const stack = await story.stack(CI);
    story.jenkins.intercept = ({ path }) => {
      if (path.endsWith("/generateNewToken")) return { kind: "drop", when: "after" };
      // Not the list of tokens, so that the result cannot be checked.
      return path.endsWith("/security/") ? { kind: "reply", status: 200, body: "<html>Maintenance</html>" } : undefined;
    };
    const output = await stack.failing("up");
    assert.match(output, /could not be finished, and it may exist on .*: the next `pulumi up` or `pulumi destroy`/s);
    assert.match(stack.resource("ci").id ?? "", /^pending-[0-9a-f]{16}$/);
    assert.equal(story.tokenNames().length, 1);
    const [orphan] = story.tokenNames();

    story.jenkins.intercept = undefined;
    await stack.up();
    assert.deepEqual(story.tokenNames(), [stack.resource("ci").outputs["tokenName"]]);
    assert.notDeepEqual(story.tokenNames(), [orphan]);
    assert.equal(await story.statusFor((await stack.outputs())["tokenValue"]), 200);
  },

  "a token whose reply is lost is revoked by destroy": async (story) => {
    const stack = await story.stack(CI, story.passwordLogin);
    story.jenkins.intercept = ({ path }) => {
      if (path.endsWith("/generateNewToken")) return { kind: "cut", after: 40 };
      return path.endsWith("/security/") ? { kind: "reply", status: 200, body: "<html>Maintenance</html>" } : undefined;
    };
    await stack.failing("up");
    assert.equal(story.tokenNames().length, 1);
    story.jenkins.intercept = undefined;
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
    assert.deepEqual(stack.resources(), []);
  },
};

/** Asserts that the output contains no stack trace of this package. */
function assertNoStack(output: string): void {
  assert.doesNotMatch(output, /^\s+at .*(pulumi-jenkins|dist)\//m); // Pulumi may print its own stack trace.
  assert.doesNotMatch(output, /met an error of its own/);
}
