import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SettingsError } from "../../../provider/errors.ts";
import { type ConnectionArguments, UNKNOWN } from "../../../provider/properties.ts";
import { declaredUrl, loginFor, transportFor, urlOf } from "../../../provider/settings/connection.ts";
import { A, around, B, type Texts, token, variables } from "../../support/surroundings.ts";

describe("the connection of an existing token:", () => {
  describe("a url", () => {
    const spellings: [url: string, normal: string][] = [
      ["https://ci.example.com", "https://ci.example.com"],
      ["https://ci.example.com/", "https://ci.example.com"],
      ["HTTPS://CI.Example.COM:443//", "https://ci.example.com"],
      ["http://ci:80/Jenkins/", "http://ci/Jenkins"],
      ["http://ci:8080/a/../b", "http://ci:8080/b"],
      ["https://bücher.example/", "https://xn--bcher-kva.example"],
      ["http://[::1]:8080/", "http://[::1]:8080"],
      [UNKNOWN, UNKNOWN],
    ];
    for (const [url, normal] of spellings) {
      it(`${url} is kept as ${normal}`, () => {
        assert.equal(urlOf({ url, source: "connection" }), normal);
      });
    }

    const wrong: [url: string, reason: RegExp][] = [
      ["ci.example.com", /is not a url/],
      ["ftp://ci.example.com", /must begin with http/],
      ["ci:8080", /must begin with http/],
      ["https://alice:hunter2@ci.example.com", /must not contain a user name or a password/],
      ["https://alice@ci.example.com", /must not contain a user name or a password/],
      ["https://ci.example.com/?token=hunter2", /without a query or a fragment/],
      ["https://ci.example.com/#hunter2", /without a query or a fragment/],
    ];
    for (const [url, reason] of wrong) {
      it(`${url.replace("hunter2", "...")} is refused and not shown`, () => {
        assert.throws(
          () => urlOf({ url, source: "stack config" }),
          (error: unknown) => {
            assert.ok(error instanceof SettingsError);
            assert.match(error.reason, reason);
            assert.match(error.reason, /from the stack config/);
            assert.doesNotMatch(error.message + error.reason, /hunter2|alice/);
            return true;
          },
        );
      });
    }
  });

  describe("the login for the Jenkins of a state is", () => {
    type State = Parameters<typeof loginFor>[0];
    const state = (connection?: ConnectionArguments): State => ({ jenkinsUrl: A, ...(connection && { connection }) });
    const table: [what: string, state: State, config: Texts, environment: Texts, source: string | undefined][] = [
      ["one whose source names its url", state(), {}, { ...token, url: A }, "environment"],
      ["one whose source has its url in another spelling", state(), {}, { ...token, url: `${A}:443/` }, "environment"],
      ["not one whose source names another url", state(), {}, { ...token, url: B }, undefined],
      ["not one of a config that names another url", state(), { ...token, url: B }, {}, undefined],
      ["one whose source names no url, if no source does", state({ url: A }), {}, token, "environment"],
      ["one whose source names no url, if the other source names its", state(), { url: A }, token, "environment"],
      [
        "not one whose source names no url, if the other source names another url",
        state(),
        { url: B },
        token,
        undefined,
      ],
      ["not one of a config without a url, beside a JENKINS_URL", state({ url: A }), token, { url: B }, undefined],
      [
        "not one whose source names no url, if the token was created with a login of its own",
        state({ username: "carol" }),
        {},
        token,
        undefined,
      ],
      [
        "one whose source names its url, even if another login has created the token",
        state({ username: "carol" }),
        {},
        { ...token, url: A },
        "environment",
      ],
      ["not one that is incomplete", state(), {}, { url: A, username: "alice" }, undefined],
      ["not one with two secrets", state(), {}, { ...token, url: A, password: "p" }, undefined],
      [
        "not one of the environment, if the config has an incomplete one",
        state(),
        { username: "x" },
        { ...token, url: A },
        undefined,
      ],
      ["none if none is named", state(), { url: A }, { url: A }, undefined],
      [
        "the one in the record of an unfinished attempt",
        state({ url: A, ...token }),
        { ...token, url: B },
        {},
        "connection",
      ],
    ];
    for (const [what, of, config, environment, source] of table) {
      it(what, () => {
        assert.equal(loginFor(of, around(config, variables(environment)))?.source, source);
      });
    }
  });

  it("only arguments and stack config declare a url", () => {
    assert.equal(declaredUrl({ url: `${A}/` }, around({ url: B })), A);
    assert.equal(declaredUrl(undefined, around({ url: B }, { JENKINS_URL: A })), B);
    assert.equal(declaredUrl(undefined, around({}, { JENKINS_URL: A })), undefined);
    assert.equal(declaredUrl({ url: UNKNOWN }, around({ url: B })), UNKNOWN);
  });

  it("each setting of the transport comes from the first source that has it", () => {
    const config = { caCert: "/config.pem", requestTimeoutSeconds: "0.5", insecureSkipTlsVerify: "true" };
    const found = transportFor(
      { jenkinsUrl: A, connection: { requestTimeoutSeconds: 7, insecureSkipTlsVerify: false } },
      around({ ...config, waitForReadySeconds: "0" }, { JENKINS_CA_CERT: "/environment.pem" }),
    );
    assert.deepEqual(found, {
      ...{ caCert: "/config.pem", insecureSkipTlsVerify: false, requestTimeoutSeconds: 7, waitForReadySeconds: 0 },
      ...{ headers: undefined, clientCertificate: undefined, clientKey: undefined },
    });
    assert.equal(
      transportFor({ jenkinsUrl: A }, around({}, { JENKINS_CA_CERT: "/environment.pem" })).caCert,
      "/environment.pem",
    );
    assert.equal(
      transportFor({ jenkinsUrl: A }, around({ insecureSkipTlsVerify: "false" })).insecureSkipTlsVerify,
      false,
    );
  });

  for (const value of ["-1", "3601", "soon", "Infinity"]) {
    it(`refuses ${value} as a number of seconds`, () => {
      for (const key of ["requestTimeoutSeconds", "waitForReadySeconds"]) {
        assert.throws(() => transportFor({ jenkinsUrl: A }, around({ [key]: value })), {
          code: "ERR_JENKINS_SETTINGS",
        });
      }
    });
  }

  it("refuses a request limit of 0 in stack config", () => {
    assert.throws(() => transportFor({ jenkinsUrl: A }, around({ requestTimeoutSeconds: "0" })), {
      code: "ERR_JENKINS_SETTINGS",
    });
  });
});
