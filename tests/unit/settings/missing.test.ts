import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SettingsError } from "../../../provider/errors.ts";
import type { ConnectionArguments } from "../../../provider/properties.ts";
import { resolveConnection, type Surroundings } from "../../../provider/settings/connection.ts";
import { A, around, type Texts, token, variables } from "../../support/surroundings.ts";

const ALL = {
  dynamic:
    "Set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN (or JENKINS_PASSWORD) in the environment, jenkins:url, " +
    "jenkins:username and jenkins:apiToken (or jenkins:password) in the stack config, or all three in `connection`",
  native:
    "Set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN (or JENKINS_PASSWORD) in the environment, jenkins:url, " +
    "jenkins:username and jenkins:apiToken (or jenkins:password) in the stack config or as arguments of an explicit provider, or all three in `connection`",
  command: "Set JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN (or JENKINS_PASSWORD) in the environment",
};
const LOGIN =
  "Set JENKINS_USER_ID and JENKINS_API_TOKEN (or JENKINS_PASSWORD) in the environment, jenkins:username and " +
  "jenkins:apiToken (or jenkins:password) in the stack config, or both in `connection`";
const ELSEWHERE = ". If the whole login is in another place, remove";
const NO_URL = "the url of Jenkins is missing";
const URL_OF_BUILD = "JENKINS_URL is used only with a login from the environment or from `connection`";

/** The sources that each face has besides the environment. */
const faces: Record<keyof typeof ALL, (environment: Texts) => Surroundings> = {
  dynamic: (environment) => around({}, environment),
  native: (environment) => ({ config: { source: "provider config", get: () => undefined }, environment }),
  command: (environment) => ({ config: undefined, environment, hasOnlyEnvironment: true }),
};

function refusal(argument: ConnectionArguments | undefined, surroundings: Surroundings): SettingsError {
  try {
    resolveConnection(argument, surroundings);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error;
  }
  return assert.fail("nothing is missing");
}

describe("A missing setting", () => {
  for (const face of ["dynamic", "native", "command"] as const) {
    it(`is named together with all others, in the words of the face ${face}`, () => {
      const nothing = refusal(undefined, faces[face]({}));
      assert.equal(nothing.property, "connection.username");
      assert.equal(nothing.reason, `a login is missing, and ${NO_URL}. ${ALL[face]}`);
      const user = refusal(undefined, faces[face]({ JENKINS_USER: "alice" }));
      const noSecret = "the environment names the user alice but neither an API token nor a password";
      assert.equal(user.property, "connection.apiToken");
      assert.equal(user.reason, `${noSecret}, and ${NO_URL}. ${ALL[face]}`);
      const secret = refusal(undefined, faces[face]({ JENKINS_PASSWORD: "hunter2" }));
      assert.equal(
        secret.reason,
        `the environment (JENKINS_PASSWORD) names a secret but no user, and ${NO_URL}. ${ALL[face]}`,
      );
    });
  }

  it("may be only the url, which is named in the words of each face", () => {
    const reasons = Object.values(faces).map((face) => refusal(undefined, face(variables(token))).reason);
    assert.deepEqual(reasons, [
      `${NO_URL}: set JENKINS_URL, jenkins:url in the stack config, or \`connection.url\``,
      `${NO_URL}: set JENKINS_URL, jenkins:url in the stack config or as an argument of an explicit provider, or \`connection.url\``,
      `${NO_URL}: set JENKINS_URL`,
    ]);
  });

  it("may be only the login, or a part of it", () => {
    assert.equal(refusal({ url: A }, around({})).reason, `a login is missing. ${LOGIN}`);
    const { reason } = refusal({ url: A, username: "alice" }, around({}));
    const noSecret = "the connection names the user alice but neither an API token nor a password";
    assert.equal(reason, `${noSecret}. ${LOGIN}${ELSEWHERE} connection.username`);
    assert.equal(
      refusal({ url: A, apiToken: "t" }, around({})).reason,
      `the connection names a secret but no user. ${LOGIN}${ELSEWHERE} connection.apiToken`,
    );
  });

  it("may be a url that a build's JENKINS_URL can't replace", () => {
    const build = { JENKINS_URL: "https://build.example.com" };
    const { reason } = refusal(undefined, around({ username: "alice" }, build));
    const noSecret = "the stack config names the user alice but neither an API token nor a password";
    assert.equal(
      reason,
      `${noSecret}, and ${NO_URL}, because ${URL_OF_BUILD}. ${ALL.dynamic}${ELSEWHERE} jenkins:username`,
    );
    const url = refusal(undefined, around(token, build));
    assert.match(url.reason, /^the login comes from the stack config, so the url has to come from there too/);
  });

  it("is not named if settings contradict each other", () => {
    const both = refusal(undefined, around({}, { ...variables(token), JENKINS_PASSWORD: "p" }));
    assert.equal(
      both.reason,
      "the environment names both an API token and a password for one login: name one of them (JENKINS_API_TOKEN, JENKINS_PASSWORD)",
    );
    const colon = refusal(undefined, around({}, { ...variables(token), JENKINS_USER_ID: "", JENKINS_USERNAME: "a:b" }));
    assert.match(colon.reason, /^a user id \(JENKINS_USERNAME\) with a colon can't log in/);
  });
});
