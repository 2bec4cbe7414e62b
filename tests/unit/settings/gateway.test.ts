import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type ConnectionArguments, UNKNOWN } from "../../../provider/properties.ts";
import { check } from "../../../provider/resources/token.ts";
import { connectionFailures, resolveConnection, transportFor } from "../../../provider/settings/connection.ts";
import { inputFailures, toState } from "../../../provider/settings/schema.ts";
import { memory } from "../../support/process.ts";
import { A, around, B, type Texts, token, variables } from "../../support/surroundings.ts";

const headers = { "CF-Access-Client-Id": "id.access", "CF-Access-Client-Secret": "hunter22" };
const json = JSON.stringify(headers);
const login = { ...token, url: A };
const identity = { clientCertificate: "/c.pem", clientKey: "/k.pem" };

describe("The headers for a gateway", () => {
  const refused: [what: string, headers: Record<string, unknown>, says: RegExp][] = [
    ...[
      ...["Authorization", "authorization", "Cookie", "Host", "Content-Type", "content-length", "ACCEPT", "User-Agent"],
      ...["Jenkins-Crumb", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "Keep-Alive", "Accept-Encoding"],
      ...["Accept-Language", "Cache-Control", "Referer", "Origin", "TE", "Trailer", "Proxy-Connection", "Range"],
    ].map((name): [string, Record<string, unknown>, RegExp] => {
      return [name, { [name]: "hunter22" }, new RegExp(`the header ${name} can't be set`)];
    }),
    ["one name twice", { "X-Door": "hunter22", "x-door": "hunter22" }, /the header (X-Door|x-door) is set twice/],
    ["a whole header as a name", { "X-Door: hunter22": "" }, /a header has no valid name/],
    ["an empty name", { "": "hunter22" }, /a header has no valid name/],
    ["a name with a line break", { "X-Door\r\nhunter22": "x" }, /a header has no valid name/],
    ["an empty value", { "X-Door": "" }, /the value of the header X-Door must not be empty/],
    ["a value with a line break", { "X-Door": "hunter22\r\nX-Other: x" }, /the value of the header X-Door must not/],
    ["a value with NUL", { "X-Door": "hunter22\0" }, /hold control characters/],
    ["a value with DEL", { "X-Door": "hunter22\x7f" }, /hold control characters/],
    ["a value outside of Latin-1", { "X-Door": "hunter22€" }, /outside of Latin-1/],
    ["a value with blanks at its end", { "X-Door": "hunter22 " }, /blanks at its ends/],
    ["a number", { "X-Door": 22 }, /the value of the header X-Door must be a string/],
    ["a list", { "X-Door": ["hunter22"] }, /the value of the header X-Door must be a string/],
  ];
  for (const [what, wrong, says] of refused) {
    it(`are refused in check with ${what}, from program and stack config, and no value is shown`, () => {
      const ofProgram = inputFailures({ tokenName: "ci", connection: { headers: wrong } });
      const ofConfig = connectionFailures(undefined, around({ ...login, headers: JSON.stringify(wrong) }));
      for (const failures of [ofProgram, ofConfig]) {
        assert.equal(failures.length, 1);
        assert.match(failures[0]?.reason ?? "", says);
        assert.doesNotMatch(JSON.stringify(failures), /hunter22/);
      }
    });
  }

  for (const text of ["hunter22", "[]", '"hunter22"', "null", '{"X-Door": "hunter22"', ""].filter(Boolean)) {
    it(`are refused and not shown if they are ${text}, which is not a JSON object`, () => {
      for (const surroundings of [around({ ...login, headers: text }), around(login, { JENKINS_HEADERS: text })]) {
        const [failure] = connectionFailures(undefined, surroundings);
        assert.match(failure?.reason ?? "", /must be a JSON object, such as/);
        assert.doesNotMatch(JSON.stringify(failure), /hunter22/);
      }
    });
  }

  it("are accepted with ordinary names and values, and with unknown values", () => {
    const right = { ...headers, "Proxy-Authorization": "Bearer a.b.c", x_y: "é (1; 2)", "X-Unknown": UNKNOWN };
    for (const some of [right, {}, UNKNOWN]) {
      assert.deepEqual(inputFailures({ tokenName: "ci", connection: { headers: some } }), []);
    }
    assert.deepEqual(connectionFailures(undefined, around({ ...login, headers: JSON.stringify(right) })), []);
  });

  it("are in no output, and neither is the client's key", () => {
    const connection = { ...login, headers, ...identity };
    const observed = { tokenUuid: "u", tokenName: "ci", userId: "alice", jenkinsUrl: A };
    const { connection: shown } = toState({ tokenName: "ci", connection }, observed);
    assert.deepEqual(shown, { url: A, username: "alice", clientCertificate: "/c.pem" });
  });
});

describe("A setting for a gateway", () => {
  type Row = [
    what: string,
    argument: ConnectionArguments | undefined,
    config: Texts,
    environment: Texts,
    sent: boolean,
  ];
  const given = { headers: json, ...identity };
  const inEnvironment = {
    JENKINS_HEADERS: json,
    JENKINS_CLIENT_CERTIFICATE: identity.clientCertificate,
    JENKINS_CLIENT_KEY: identity.clientKey,
  };
  const rows: Row[] = [
    ["from the program", { ...login, headers, ...identity }, {}, {}, true],
    ["from the program, with the url of the config", { headers, ...identity }, login, {}, true],
    ["from the config with its url", undefined, { ...login, ...given }, {}, true],
    ["from the config with another spelling of its url", { url: A }, { ...token, url: `${A}/`, ...given }, {}, true],
    ["from the config, if the program names the url", { url: A }, { ...token, ...given }, {}, true],
    ["from the config, if the program names another url", { ...login, url: B }, { url: A, ...given }, {}, false],
    ["from the environment with its url", undefined, {}, { ...variables(login), ...inEnvironment }, true],
    ["from the environment, if the config names the url", undefined, login, inEnvironment, true],
    [
      "from the environment with another url than that of the config",
      undefined,
      login,
      { JENKINS_URL: B, ...inEnvironment },
      false,
    ],
    [
      "from the environment without a url, if program and config name different urls",
      login,
      { url: B },
      inEnvironment,
      false,
    ],
  ];
  for (const [what, argument, config, environment, isSent] of rows) {
    it(`is ${isSent ? "sent" : "not sent"} ${what}`, () => {
      const { transport } = resolveConnection(argument, around(config, environment));
      const expected = isSent
        ? { headers, ...identity }
        : { headers: undefined, clientCertificate: undefined, clientKey: undefined };
      const { headers: found, clientCertificate, clientKey } = transport;
      assert.deepEqual({ headers: found, clientCertificate, clientKey }, expected);
    });
  }

  it("comes from outside the state for an existing token, and only for its own Jenkins", () => {
    const surroundings = around({ ...login, ...given });
    assert.deepEqual(transportFor({ jenkinsUrl: A }, surroundings).headers, headers);
    assert.equal(transportFor({ jenkinsUrl: B }, surroundings).headers, undefined);
    const half = { jenkinsUrl: A, connection: { clientCertificate: "/own.pem" } }; // The state has no key.
    assert.equal(transportFor(half, surroundings).clientCertificate, "/c.pem");
  });

  const halves: [ConnectionArguments | undefined, Texts, Texts, property: string, says: RegExp][] = [
    [{ clientKey: "hunter22" }, login, {}, "clientCertificate", /the connection names .* name clientCertificate there/],
    [{ clientCertificate: "hunter22" }, login, {}, "clientKey", /the connection names .* name clientKey there/],
    [undefined, { ...login, clientKey: "hunter22" }, {}, "jenkins:clientCertificate", /the stack config names/],
    [undefined, login, { JENKINS_CLIENT_KEY: "hunter22" }, "JENKINS_CLIENT_CERTIFICATE", /the environment names/],
  ];
  for (const [argument, config, environment, property, says] of halves) {
    it(`is refused in check if certificate or key is missing: ${says.source}`, () => {
      const context = { ...around(config, environment), memory: memory() };
      const { failures } = check({}, { tokenName: "ci", ...(argument && { connection: argument }) }, context);
      assert.equal(failures.length, 1);
      assert.match(failures[0]?.reason ?? "", says);
      assert.match(failures[0]?.reason ?? "", new RegExp(`: name ${property} there, too$`, "i"));
      assert.doesNotMatch(JSON.stringify(failures), /hunter22/);
    });
  }

  it("in a config without a url is an error if the url comes from JENKINS_URL, instead of being ignored", () => {
    assert.throws(() => resolveConnection(undefined, around(given, variables(login))), {
      code: "ERR_JENKINS_SETTINGS",
      message: /jenkins:headers is not used, because the url comes from JENKINS_URL: set jenkins:url, too/,
    });
  });
});
