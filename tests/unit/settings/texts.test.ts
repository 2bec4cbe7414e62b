import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SettingsError } from "../../../provider/errors.ts";
import type { ConnectionArguments } from "../../../provider/properties.ts";
import { connectionFailures, resolveConnection, type Surroundings } from "../../../provider/settings/connection.ts";
import { A, around, type Texts, token, variables } from "../../support/surroundings.ts";

type Faces = Record<string, [argument: ConnectionArguments | undefined, surroundings: Surroundings]>;

/** The same settings in each source. */
function everywhere(settings: Texts): Faces {
  return {
    connection: [settings, around({})],
    "stack config": [undefined, around(settings)],
    environment: [undefined, around({}, variables(settings))],
  };
}

const VALUE = `11${"0a".repeat(16)}`;

describe("An accidental text around a setting", () => {
  const wrappings: [what: string, wrap: (text: string) => string][] = [
    ["a newline at its end", (text) => `${text}\n`],
    ["a newline of Windows at its end", (text) => `${text}\r\n`],
    ["several newlines", (text) => `\n${text}\n\n`],
    ["blanks and tabs", (text) => ` \t${text}  `],
    ["a byte order mark", (text) => `\uFEFF${text}`],
    ["double quotes", (text) => `"${text}"`],
    ["single quotes", (text) => `'${text}'`],
    ["quotes, and a newline", (text) => `"${text}"\n`],
    ["a no-break space", (text) => `\u00a0${text}\u00a0`],
  ];
  for (const [what, wrap] of wrappings) {
    it(`is removed from the url, the user and the token, in each source: ${what}`, () => {
      const settings = { url: wrap(A), username: wrap("alice"), apiToken: wrap("token-of-alice") };
      for (const [argument, surroundings] of Object.values(everywhere(settings))) {
        const { url, login } = resolveConnection(argument, surroundings);
        assert.deepEqual([url, login.username, login.secret.value], [A, "alice", "token-of-alice"]);
      }
    });
  }

  const passwords: [given: string, kept: string][] = [
    ["pass word\n", "pass word"],
    ["pass\r\n\r\n", "pass"],
    ["\uFEFFpass", "pass"],
    [" pass ", " pass "],
    [' pass "\n', ' pass "'],
    ['"pass"', '"pass"'],
    ["'", "'"],
    [` "${VALUE}"\r\n`, VALUE],
  ];
  for (const [given, kept] of passwords) {
    it(`is removed from a password only if it is a newline or a byte order mark: ${JSON.stringify(given)}`, () => {
      for (const [argument, surroundings] of Object.values(
        everywhere({ url: A, username: "alice", password: given }),
      )) {
        assert.equal(resolveConnection(argument, surroundings).login.secret.value, kept);
      }
    });
  }

  it("makes a blank setting count as missing, and the next variable is used", () => {
    const environment = {
      ...variables({ url: A }),
      JENKINS_USER_ID: " \n",
      JENKINS_USER: "alice",
      JENKINS_API_TOKEN: "t",
    };
    assert.equal(resolveConnection(undefined, around({}, environment)).login.username, "alice");
    const blank = { ...environment, JENKINS_API_TOKEN: '""' };
    assert.throws(() => resolveConnection(undefined, around({}, blank)), /but neither an API token nor a password/);
  });
});

describe("A setting that is clearly a mistake", () => {
  const wrong: [what: string, settings: Texts, property: string, variable: string, words: RegExp][] = [
    ["a blank in the url", { url: `${A}/hun ter2` }, "url", "JENKINS_URL", /has a blank, a line break or an invisible/],
    ["a newline in the url", { url: `${A}/hun\nter2` }, "url", "JENKINS_URL", /has a (blank, a )?line break/],
    ["a zero width space in the url", { url: `${A}/\u200b` }, "url", "JENKINS_URL", /an invisible character/],
    ["half quotes around the url", { url: `"${A}` }, "url", "JENKINS_URL", /a quotation mark at one end/],
    ["a newline in the user", { username: "hun\nter2" }, "username", "JENKINS_USER_ID", /has a (blank, a )?line break/],
    ["a tab in the user", { username: "hun\tter2" }, "username", "JENKINS_USER_ID", /has a (blank, a )?line break/],
    ["half quotes around the user", { username: "hunter2'" }, "username", "JENKINS_USER_ID", /a quotation mark/],
    ["two lines in the token", { apiToken: "hun\nter2" }, "apiToken", "JENKINS_API_TOKEN", /has a line break/],
    ["NUL at the end of the token", { apiToken: "hunter2\0" }, "apiToken", "JENKINS_API_TOKEN", /invisible character/],
    ["half quotes around the token", { apiToken: '"hunter2' }, "apiToken", "JENKINS_API_TOKEN", /a quotation mark/],
    [
      "two lines in the password",
      { apiToken: "", password: "hun\nter2" },
      "password",
      "JENKINS_PASSWORD",
      /has a line break/,
    ],
    [
      "BEL in the password",
      { apiToken: "", password: "hunter2\u0007" },
      "password",
      "JENKINS_PASSWORD",
      /control char/,
    ],
  ];
  for (const [what, settings, property, variable, words] of wrong) {
    it(`is refused in check with its source, and without its value: ${what}`, () => {
      const all = Object.entries({ url: A, ...token, ...settings }).filter(([, value]) => value);
      for (const [place, [argument, surroundings]] of Object.entries(everywhere(Object.fromEntries(all)))) {
        assert.throws(
          () => resolveConnection(argument, surroundings),
          (error: unknown) => error instanceof SettingsError && error.property === `connection.${property}`,
        );
        const [failure, ...others] = connectionFailures(argument, surroundings);
        assert.deepEqual([failure?.property, others], ["", []]);
        assert.match(failure?.reason ?? "", words);
        const named = { connection: "the connection", "stack config": "the stack config", environment: variable }[
          place
        ];
        assert.ok(failure?.reason.includes(named ?? ""), failure?.reason);
        assert.doesNotMatch(failure?.reason ?? "", /hun|ter2/);
      }
    });
  }

  it("is not a blank within a user id, which some security realms allow", () => {
    assert.equal(resolveConnection({ url: A, ...token, username: "alice b" }, around({})).login.username, "alice b");
  });

  it("causes no error if it is not used", () => {
    const environment = { JENKINS_URL: "not a url", JENKINS_API_TOKEN: "a\nb", JENKINS_USER_ID: "x" };
    assert.equal(resolveConnection({ url: A, ...token }, around({}, environment)).url, A);
  });
});

describe("A number or a flag that is given as a text", () => {
  const numbers: [text: string, seconds: number | undefined][] = [
    ["5", 5],
    [" 5 \n", 5],
    ['"5"', 5],
    ["0.5", 0.5],
    [".5", 0.5],
    ["1e3", 1000],
    ["5e-7", 5e-7],
  ];
  for (const [text, seconds] of numbers) {
    it(`${JSON.stringify(text)} is ${seconds} seconds`, () => {
      const { transport } = resolveConnection({ url: A, ...token }, around({ requestTimeoutSeconds: text }));
      assert.equal(transport.requestTimeoutSeconds, seconds);
    });
  }

  for (const text of ["0x10", "0b1", "Infinity", "NaN", "1e9", "-1", "+-1", "5s", "1,5", "1_000", "1 0", "٣"]) {
    it(`${text} is refused as a number, with its key`, () => {
      const resolve = () => resolveConnection({ url: A, ...token }, around({ waitForReadySeconds: text }));
      assert.throws(resolve, /jenkins:waitForReadySeconds must be a number of seconds up to 3600/);
    });
  }

  it("is not set if it is blank", () => {
    const blank = { requestTimeoutSeconds: " ", waitForReadySeconds: "\n", insecureSkipTlsVerify: "" };
    const { transport } = resolveConnection({ url: A, ...token }, around(blank));
    assert.deepEqual(new Set(Object.values(transport)), new Set([undefined]));
  });

  it("may be true or false in any case of letters, and nothing else", () => {
    const flag = (insecureSkipTlsVerify: string) =>
      resolveConnection({ ...token }, around({ url: A, insecureSkipTlsVerify })).transport.insecureSkipTlsVerify;
    assert.deepEqual([flag("True\n"), flag("FALSE"), flag("'true'")], [true, false, true]);
    for (const text of ["1", "yes", "truee"]) assert.throws(() => flag(text), /must be true or false/);
  });
});
