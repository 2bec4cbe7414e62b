import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { config } from "zod/mini";
import { UNKNOWN } from "../../../provider/properties.ts";
import { rotatingFailures } from "../../../provider/resources/rotating-state.ts";
import {
  inputFailures,
  parseInputs,
  parsePendingState,
  parseState,
  toState,
} from "../../../provider/settings/schema.ts";

const named = { tokenName: "ci" };
const CONTROL = "must not contain control characters, line separators or lone surrogates";
const VALUE = `11${"0a".repeat(16)}`;
const BLANK = "must not begin or end with a blank";

describe("schema", () => {
  describe("accepts", () => {
    const table: [what: string, inputs: Record<string, unknown>][] = [
      ["only a name", named],
      ["an auto-name with the name made from it", { autoName: "p/s/ci", tokenName: "p/s/ci-0a1b2c3d" }],
      ["a name with blanks, markup, quotes, umlauts and emoji", { tokenName: `a  b <i>"'&%/\\ü 雪 👩🏽‍🚀` }],
      ["a name of 5,000 characters", { tokenName: "x".repeat(5000) }],
      ["a user id with a slash, a percent sign or dots in it", { ...named, user: "a/b%c..d" }],
      ["triggers with an empty and another text", { ...named, triggers: { a: "", b: "2" } }],
      ["an empty connection", { ...named, connection: {} }],
      [
        "every part of a connection",
        {
          ...named,
          connection: {
            url: "https://ci.example.com",
            username: "alice",
            apiToken: "t",
            password: "p",
            caCert: "/ca.pem",
            insecureSkipTlsVerify: false,
            requestTimeoutSeconds: 0.5,
            waitForReadySeconds: 0,
          },
        },
      ],
      ["the value of an imported token", { ...named, tokenValue: VALUE }],
      ["a declared value", { ...named, fixedValue: VALUE }],
      ["a limit of an hour", { ...named, connection: { requestTimeoutSeconds: 3600, waitForReadySeconds: 3600 } }],
      ["null for a property that is not given", { ...named, user: null, connection: undefined, triggers: null }],
      ["Pulumi's own property", { ...named, __provider: "exports.handler=..." }],
    ];
    for (const [what, inputs] of table) {
      it(what, () => {
        assert.deepEqual(inputFailures(inputs), []);
      });
    }
  });

  describe("accepts an unknown value", () => {
    const connectionKeys = [
      ...["url", "username", "apiToken", "password", "caCert"],
      ...["insecureSkipTlsVerify", "requestTimeoutSeconds", "waitForReadySeconds"],
    ];
    const places: Record<string, unknown>[] = [
      { tokenName: UNKNOWN },
      { ...named, user: UNKNOWN },
      { ...named, triggers: UNKNOWN },
      { ...named, triggers: { a: UNKNOWN } },
      { ...named, tokenValue: UNKNOWN },
      { ...named, fixedValue: UNKNOWN },
      { ...named, connection: UNKNOWN },
      ...connectionKeys.map((key) => ({ ...named, connection: { [key]: UNKNOWN } })),
    ];
    for (const inputs of places) {
      it(`as ${JSON.stringify(inputs).replaceAll(`"${UNKNOWN}"`, "?")}`, () => {
        assert.deepEqual(inputFailures(inputs), []);
      });
    }
  });

  describe("refuses", () => {
    const tokenNames: [what: string, tokenName: unknown, reason: string][] = [
      ["an empty name", "", "must not be empty"],
      ["a name that begins with a blank", " ci", BLANK],
      ["a name that ends with a no-break space", "ci\u00a0", BLANK],
      ["a name of only blanks", "  ", BLANK],
      ["a name with NUL in it", "c\0i", CONTROL],
      ["a name with a newline in it", "c\ni", CONTROL],
      ["a name with a C1 control character in it", "c\u0085i", CONTROL],
      ["a name with a line separator in it", "c\u2028i", CONTROL],
      ["a name with a paragraph separator in it", "c\u2029i", CONTROL],
      ["a name with half an emoji in it", "c\ud83di", CONTROL],
      ["a name with U+FFFE in it", "c\ufffei", CONTROL],
      ["a name with U+FFFF in it", "c\uffffi", CONTROL],
      ["a name that is a number", 7, "Invalid input: expected string, received number"],
    ];
    for (const [what, tokenName, reason] of tokenNames) {
      it(what, () => {
        assert.deepEqual(inputFailures({ tokenName }), [{ property: "tokenName", reason }]);
      });
    }

    const elsewhere = "must be a user id: a url can't hold . or ..";
    const expected = (type: string) => `Invalid input: expected ${type}`;
    const others: [what: string, inputs: Record<string, unknown>, property: string, reason: string][] = [
      ["a missing name", {}, "", "tokenName: must be given if there is no autoName"],
      ["the user .", { ...named, user: "." }, "user", elsewhere],
      ["the user ..", { ...named, user: ".." }, "user", elsewhere],
      ["an empty user", { ...named, user: "" }, "user", "must not be empty"],
      ["a user with a newline", { ...named, user: "a\nb" }, "user", CONTROL],
      [
        "a trigger that is not a string",
        { ...named, triggers: { a: 1 } },
        "",
        "triggers.a: must be a string: put it into quotes",
      ],
      [
        "triggers that are a list",
        { ...named, triggers: ["x"] },
        "",
        `triggers: ${expected("record")}, received array`,
      ],
      ["an unknown property", { ...named, apiToken: "x" }, "", "apiToken: is not a property of a JenkinsApiToken"],
      [
        "an unknown property of the connection",
        { ...named, connection: { token: "x" } },
        "",
        "connection.token: is not a property of a JenkinsApiToken",
      ],
      [
        "a connection that is a text",
        { ...named, connection: "x" },
        "",
        `connection: ${expected("object")}, received string`,
      ],
      ...["", VALUE.slice(1), `${VALUE}0`, `10${"0a".repeat(16)}`, VALUE.toUpperCase()].map(
        (tokenValue): [string, Record<string, unknown>, string, string] => [
          `a value of another form: "${tokenValue}"`,
          { ...named, tokenValue },
          "",
          "tokenValue: must be 11 followed by 32 lowercase hexadecimal digits",
        ],
      ),
      ["an empty url", { ...named, connection: { url: "" } }, "", "connection.url: must not be empty"],
      ["a url of blanks", { ...named, connection: { url: " \n" } }, "", "connection.url: must not be empty"],
      ["a user with a blank at its end", { ...named, user: "bob " }, "user", BLANK],
      [
        "a request limit of 0",
        { ...named, connection: { requestTimeoutSeconds: 0 } },
        "",
        "connection.requestTimeoutSeconds: Too small: expected number to be >0",
      ],
      [
        "a request limit beyond an hour",
        { ...named, connection: { requestTimeoutSeconds: 3601 } },
        "",
        "connection.requestTimeoutSeconds: Too big: expected number to be <=3600",
      ],
      [
        "a negative wait",
        { ...named, connection: { waitForReadySeconds: -1 } },
        "",
        "connection.waitForReadySeconds: Too small: expected number to be >=0",
      ],
      [
        "a switch that is a text",
        { ...named, connection: { insecureSkipTlsVerify: "true" } },
        "",
        `connection.insecureSkipTlsVerify: ${expected("boolean")}, received string`,
      ],
    ];
    for (const [what, inputs, property, reason] of others) {
      it(what, () => {
        assert.deepEqual(inputFailures(inputs), [{ property, reason }]);
      });
    }

    const misspelt: [inputs: Record<string, unknown>, property: string, written: string, meant: string][] = [
      [{ ...named, expireInDays: 3 }, "", "expireInDays", "expiresInDays"],
      [{ ...named, usr: "bob" }, "", "usr", "user"],
      [{ ...named, TRIGGERS: {} }, "", "TRIGGERS", "triggers"],
      [{ autoName: "p/s/ci", tokenName: "ci", tokenname: "ci" }, "", "tokenname", "tokenName"],
      [{ ...named, connection: { pasword: "hunter2" } }, "", "connection.pasword", "connection.password"],
      [{ ...named, connection: { URL: "u" } }, "", "connection.URL", "connection.url"],
    ];
    for (const [inputs, property, written, meant] of misspelt) {
      it(`${written}, and asks whether ${meant} was meant`, () => {
        const reason = `${written}: is not a property of a JenkinsApiToken. Did you mean ${meant}?`;
        assert.deepEqual(inputFailures(inputs), [{ property, reason }]);
      });
    }

    it("an unknown property, without a guess if it resembles none, and without autoName as a guess", () => {
      for (const name of ["token", "autoNames", "us", "x"]) {
        const reason = `${name}: is not a property of a JenkinsApiToken`;
        assert.deepEqual(inputFailures({ ...named, [name]: "x" }), [{ property: "", reason }]);
      }
    });

    it("an unknown property of a rotating token, with a guess from its own properties", () => {
      const reason = "rotateEveryDay: is not a property of a RotatingJenkinsApiToken. Did you mean rotateEveryDays?";
      const failures = rotatingFailures({ rotateEveryDays: 30, rotateEveryDay: 30 });
      assert.deepEqual(failures, [{ property: "", reason }]);
    });

    it("a resource name that can't be part of a token name, and says what to give instead", () => {
      const failures = inputFailures({ autoName: "p/s/c\ni", tokenName: "p/s/c\ni-0a1b2c3d" });
      const reason = `tokenName: declare it: the default name (project, stack and resource name) ${CONTROL}`;
      assert.deepEqual(failures.at(-1), { property: "", reason });
      assert.ok(failures.every(({ property }) => property === "")); // Pulumi prints {<nil>} for undeclared properties.
    });

    it("several mistakes, each with a failure of its own", () => {
      const failures = inputFailures({
        tokenName: " ",
        user: "..",
        connection: { url: 1, apiToken: 2 },
        x: 1,
        y: 2,
      });
      const properties = new Set(failures.map(({ property }) => property));
      assert.deepEqual(properties, new Set(["tokenName", "user", ""]));
      assert.equal(failures.length, 6);
    });
  });

  it("no reason contains a value, and only properties that can't have a secret are named", () => {
    const value = "hunter2-hunter2";
    const inputs = {
      ...{ tokenName: { [value]: value }, user: [value], triggers: value, [PULUMI]: value, autoName: { a: value } },
      ...{
        extra: value,
        ...{ tokenValue: value, fixedValue: value },
        connection: { url: [value], apiToken: [value], password: { a: value }, other: value },
      },
    };
    const failures = inputFailures(inputs);
    assert.ok(failures.length >= 8);
    assert.doesNotMatch(JSON.stringify(failures), /hunter2/);
    for (const { property } of failures) assert.match(property, /^(tokenName|user|)$/);
  });

  it("parsed inputs don't have Pulumi's own property and properties that are null", () => {
    assert.deepEqual(parseInputs({ ...named, user: null, [PULUMI]: "text" }), named);
  });

  const observed = { tokenUuid: "u", tokenName: "ci", userId: "alice", jenkinsUrl: "https://ci" };

  it("a state has the inputs without the secrets of the connection, and nothing undefined", () => {
    const connection = { url: "https://ci", username: "alice", apiToken: "secret", password: "secret" };
    const inputs = { ...named, connection, triggers: { a: "1" }, autoName: "p/s/ci" };
    assert.deepEqual(toState(inputs, { ...observed, tokenValue: "v" }), {
      ...{ autoName: "p/s/ci", triggers: { a: "1" }, connection: { url: "https://ci", username: "alice" } },
      ...{ ...observed, tokenValue: "v" },
    });
    assert.equal(connection.apiToken, "secret");
  });

  it("a state has the token's own value, and not the one from the inputs", () => {
    const inputs = { ...named, tokenValue: VALUE };
    assert.deepEqual(toState(inputs, observed), observed);
    assert.deepEqual(toState(inputs, { ...observed, tokenValue: "v" }), { ...observed, tokenValue: "v" });
  });

  it("does not change the language that a program has chosen for its own zod", async () => {
    const { localeError } = config();
    const own = () => "nein";
    try {
      config({ localeError: own });
      await import(new URL("../../../provider/zod.ts?again", import.meta.url).href);
      assert.equal(config().localeError, own);
    } finally {
      config({ localeError });
    }
  });

  it("a state is read together with properties that a later version has added", () => {
    assert.deepEqual(parseState({ ...observed, tokenValue: "v", later: 1, [PULUMI]: "text" }), {
      ...{ ...observed, tokenValue: "v", later: 1 },
    });
  });

  it("the record of an unfinished attempt is read together with its login", () => {
    const pending = { name: "ci (pulumi 00)", startedAt: "2026-11-22T12:00:00.000Z" };
    const record = { ...named, connection: { username: "a", apiToken: "t" }, userId: "a", jenkinsUrl: "u", pending };
    assert.deepEqual(parsePendingState({ ...record, [PULUMI]: "text" }), record);
  });
});

const PULUMI = "__provider";
