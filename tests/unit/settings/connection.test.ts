import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SettingsError } from "../../../provider/errors.ts";
import type { Login } from "../../../provider/jenkins/auth.ts";
import { type ConnectionArguments, UNKNOWN } from "../../../provider/properties.ts";
import { resolveConnection } from "../../../provider/settings/connection.ts";
import { A, around, B, type Texts, token, variables } from "../../support/surroundings.ts";

function brief({ username, secret, source }: Login): string {
  return `${username} by ${secret.kind} ${secret.value} from ${source}`;
}

describe("connection", () => {
  const whole = (name: string) => ({ url: A, username: name, apiToken: `token-of-${name}` });

  type Row = [what: string, argument: ConnectionArguments | undefined, config: Texts, environment: Texts];
  const resolved: [...Row, urlFrom: string, login: string][] = [
    ["all from arguments", whole("arg"), {}, {}, "connection", "arg by apiToken token-of-arg from connection"],
    [
      "all from stack config",
      undefined,
      whole("conf"),
      {},
      "stack config",
      "conf by apiToken token-of-conf from stack config",
    ],
    [
      "all from the environment",
      undefined,
      {},
      whole("env"),
      "environment",
      "env by apiToken token-of-env from environment",
    ],
    [
      "arguments before the rest",
      whole("arg"),
      whole("conf"),
      whole("env"),
      "connection",
      "arg by apiToken token-of-arg from connection",
    ],
    [
      "config before the environment",
      undefined,
      whole("conf"),
      whole("env"),
      "stack config",
      "conf by apiToken token-of-conf from stack config",
    ],
    [
      "a url from arguments, a login from the environment",
      { url: A },
      {},
      token,
      "connection",
      "alice by apiToken token-of-alice from environment",
    ],
    [
      "a url from config, a login from the environment",
      undefined,
      { url: A },
      token,
      "stack config",
      "alice by apiToken token-of-alice from environment",
    ],
    [
      "a url from config, a login from arguments",
      token,
      { url: A },
      {},
      "stack config",
      "alice by apiToken token-of-alice from connection",
    ],
    [
      "a url from arguments, a login from config",
      { url: A },
      token,
      {},
      "connection",
      "alice by apiToken token-of-alice from stack config",
    ],
    [
      "a url from the environment, a login from arguments",
      token,
      {},
      { url: A },
      "environment",
      "alice by apiToken token-of-alice from connection",
    ],
    [
      "a login whose own url has another spelling",
      { url: `${A}/` },
      {},
      { ...token, url: "HTTPS://A.example.com:443" },
      "connection",
      "alice by apiToken token-of-alice from environment",
    ],
    [
      "a url from arguments instead of a build's, for a login from config",
      { url: A },
      token,
      { url: B },
      "connection",
      "alice by apiToken token-of-alice from stack config",
    ],
    [
      "a url from config instead of a build's, for a login from config",
      undefined,
      { ...token, url: A },
      { url: B },
      "stack config",
      "alice by apiToken token-of-alice from stack config",
    ],
    [
      "a password",
      { url: A, username: "alice", password: "pw" },
      {},
      {},
      "connection",
      "alice by password pw from connection",
    ],
    [
      "a login from arguments instead of one from the environment with another url",
      { ...token },
      { url: A },
      { ...whole("env"), url: B },
      "stack config",
      "alice by apiToken token-of-alice from connection",
    ],
  ];
  for (const [what, argument, config, environment, urlFrom, login] of resolved) {
    it(`takes ${what}`, () => {
      const connection = resolveConnection(argument, around(config, variables(environment)));
      assert.equal(connection.url, A);
      assert.equal(connection.urlSource, urlFrom);
      assert.equal(brief(connection.login), login);
    });
  }

  const refused: [...Row, property: string, reason: RegExp][] = [
    ["nothing at all", undefined, {}, {}, "connection.username", /a login is missing/],
    ["a login without a url", undefined, {}, token, "connection.url", /the url of Jenkins is missing/],
    [
      "the environment's login for another Jenkins from arguments",
      { url: B },
      {},
      { ...token, url: A },
      "connection.url",
      /environment, which names https:\/\/a\.example\.com, but the url https:\/\/b\.example\.com comes from the connection/,
    ],
    [
      "the environment's login for another Jenkins from config",
      undefined,
      { url: B },
      { ...token, url: A },
      "connection.url",
      /never sent to another Jenkins/,
    ],
    [
      "the config's login for another Jenkins from arguments",
      { url: B },
      { ...token, url: A },
      {},
      "connection.url",
      /stack config, which names https:\/\/a/,
    ],
    [
      "the config's login for a build's Jenkins",
      undefined,
      token,
      { url: A },
      "connection.url",
      /the login comes from the stack config, so the url has to come from there too/,
    ],
    [
      "the arguments' user with the environment's secret",
      { url: A, username: "alice" },
      {},
      { apiToken: "t0ken" },
      "connection.apiToken",
      /the connection names the user alice but neither/,
    ],
    [
      "the config's user with the environment's secret",
      undefined,
      { url: A, username: "alice" },
      { ...token, url: A },
      "connection.apiToken",
      /the stack config names the user alice but neither/,
    ],
    [
      "the arguments' secret with the environment's user",
      { url: A, apiToken: "t0ken" },
      {},
      token,
      "connection.username",
      /the connection names a secret but no user/,
    ],
    [
      "two secrets of one source",
      { url: A, ...token, password: "passw0rd" },
      {},
      {},
      "connection.apiToken",
      /both an API token and a password/,
    ],
    ["a user id with a colon", { url: A, username: "a:b", apiToken: "t0ken" }, {}, {}, "connection.username", /colon/],
  ];
  for (const [what, argument, config, environment, property, reason] of refused) {
    it(`refuses ${what}`, () => {
      const resolve = () => resolveConnection(argument, around(config, variables(environment)));
      assert.throws(resolve, (error: unknown) => {
        assert.ok(error instanceof SettingsError);
        assert.equal(error.property, property);
        assert.match(error.reason, reason);
        assert.doesNotMatch(`${error.message}${error.reason}`, /t0ken|passw0rd|token-of-alice/);
        return true;
      });
    });
  }

  it("takes the user from any of the three variables, JENKINS_USER_ID first", () => {
    const login = (environment: Texts) => {
      const known = { JENKINS_URL: A, JENKINS_API_TOKEN: "t0ken", ...environment };
      return resolveConnection(undefined, around({}, known)).login.username;
    };
    assert.equal(login({ JENKINS_USER_ID: "one", JENKINS_USERNAME: "two", JENKINS_USER: "three" }), "one");
    assert.equal(login({ JENKINS_USERNAME: "two", JENKINS_USER: "three" }), "two");
    assert.equal(login({ JENKINS_USER_ID: "", JENKINS_USER: "three" }), "three");
  });

  it("works without any stack config", () => {
    const { url } = resolveConnection(undefined, { config: undefined, environment: variables({ ...token, url: A }) });
    assert.equal(url, A);
  });

  it("takes a password for an API token only if it has exactly that form", () => {
    const kind = (password: string) =>
      resolveConnection({ url: A, username: "alice", password }, around({})).login.secret.kind;
    assert.equal(kind(`11${"0123456789abcdef".repeat(2)}`), "apiToken");
    assert.equal(kind(`11${"0123456789ABCDEF".repeat(2)}`), "password");
    assert.equal(kind(`12${"0123456789abcdef".repeat(2)}`), "password");
    assert.equal(kind("0123456789abcdef".repeat(2)), "password");
  });

  it("keeps unknown values", () => {
    assert.equal(resolveConnection({ ...token, url: UNKNOWN }, around({})).url, UNKNOWN);
    assert.equal(
      resolveConnection({ url: A }, around({}, { ...variables({ ...token }), JENKINS_URL: UNKNOWN })).url,
      A,
    );
    assert.equal(
      resolveConnection({ url: A, username: UNKNOWN, apiToken: UNKNOWN }, around({})).login.username,
      UNKNOWN,
    );
  });
});
