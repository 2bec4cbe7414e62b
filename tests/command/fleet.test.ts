import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, it } from "mocha";
import stringWidth from "string-width";
import { begin, command, commandInColumns, hasTerminal, loginOf, made } from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";
import { gate } from "../support/plugin-held.ts";

const NOWHERE = "http://127.0.0.1:1";

describe("pulumi-jenkins on many controllers", () => {
  let fleet: Fleet;

  beforeEach(() => {
    fleet = new Fleet();
  });

  afterEach(() => fleet.end());

  const run = (args: string[], environment: Record<string, string> = PASSWORDS) => command(args, { environment });

  it("lists the tokens on each --url, with the login from the environment", async () => {
    const [a, b] = await fleet.start(2);
    assert.ok(a && b);
    made(a, "alice", "on a");
    made(b, "alice", "on b");
    const args = ["list", "--url", `${a.url}/`, "--url", b.url, "--url", a.url];
    const { code, said, aside } = await run(args, loginOf(NOWHERE, "alice"));
    assert.equal(code, 0);
    assert.equal(aside.match(/^\? under CREATED or LAST USED: /gm)?.length, 1);
    const [head, ...lines] = said.trimEnd().split("\n");
    assert.match(head ?? "", /^CONTROLLER +USER +NAME +UUID/);
    assert.match(lines[0] ?? "", new RegExp(`^${a.url} +alice +on a `));
    assert.match(lines[1] ?? "", new RegExp(`^${b.url} +alice +on b `));
    assert.deepEqual(lines.slice(2), ["Tokens of the logged-in users on 2 controllers: 2 of 2"]);
  });

  it("replaces JENKINS_URL by a single --url, and writes the JSON document of a single controller", async () => {
    const [a] = await fleet.start(1);
    assert.ok(a);
    const { said } = await run(["list", "--json", "--url", a.url], loginOf(NOWHERE, "alice"));
    assert.deepEqual(JSON.parse(said), { jenkinsUrl: a.url, tokens: [] });
  });

  it("lists all other controllers if one is down, one hangs and one refuses the login, and reports these", async () => {
    const good = await fleet.start(20);
    const [wrong] = await fleet.start(1);
    const silent = await fleet.silent();
    assert.ok(wrong);
    for (const [index, jenkins] of good.entries()) made(jenkins, "alice", `token ${index}`);
    const bad = { url: wrong.url, user: "alice", password: { variable: "OTHER" } };
    const lines = [entry(NOWHERE, "alice"), entry(silent, "alice"), bad, ...good.map(({ url }) => entry(url, "alice"))];
    const args = ["list", "--json", "--timeout", "10s", "--controllers", fleet.file(lines)];
    const { code, said, aside } = await run(args, { ...PASSWORDS, OTHER: "not-it-at-all" });
    assert.equal(code, 1);
    const { version, controllers, tokens } = JSON.parse(said);
    assert.equal(version, 1);
    assert.deepEqual(
      tokens.map(({ jenkinsUrl, tokenName }: Record<string, string>) => [jenkinsUrl, tokenName]),
      good.map(({ url }, index) => [url, `token ${index}`]),
    );
    assert.deepEqual(controllers[0], { jenkinsUrl: good[0]?.url, userId: "alice", tokens: 1, all: 1 });
    const errors = new Map(controllers.map(({ jenkinsUrl, error }: Record<string, string>) => [jenkinsUrl, error]));
    assert.match(String(errors.get(NOWHERE)), /the connection was refused/);
    assert.match(String(errors.get(silent)), /10 seconds/);
    assert.match(
      String(errors.get(wrong.url)),
      /password of alice \(from: password of line 3 of controllers\.jsonl, the variable OTHER\)/,
    );
    assert.match(aside, /Failed for 3 of 23 controllers\.\n$/);
    assert.doesNotMatch(said + aside, /not-it-at-all|alice-password/);
  });

  for (const [format, first] of [
    ["--user=alice", /^CONTROLLER .*\n.* token 0 /],
    ["--csv", /^jenkinsUrl,.*\r\n.*,token 0,/],
  ] as const) {
    it(`writes the tokens of the first controllers before the last one answers, with ${format}`, async () => {
      const all = await fleet.start(17);
      for (const [index, jenkins] of all.entries()) made(jenkins, "alice", `token ${index}`);
      const file = fleet.file([...all.map(({ url }) => url), await fleet.silent()].map((url) => entry(url, "alice")));
      const args = ["list", format, "--timeout", "600s", "--controllers", file];
      const { child, ended } = begin(args, { environment: PASSWORDS });
      child.stdout?.on("data", (written) => written.includes("token 16") && child.kill());
      const { said } = await ended;
      assert.match(said, first);
      assert.match(said, / token 16 |,token 16,/);
    });
  }

  it("keeps the columns straight where a later controller has longer texts, and shortens none in a pipe", async () => {
    const all = await fleet.start(20);
    const longer = "a name that is longer than all before it";
    for (const [index, jenkins] of all.entries())
      made(jenkins, "alice", index === 19 ? longer : `token ${index}`, 9, 3);
    const empty = await fleet.start(16); // They decide no width.
    const file = fleet.file([...empty, ...all].map(({ url }) => entry(url, "admin")));
    const { code, said } = await run(["list", "--user", "alice", "--via", "scriptConsole", "--controllers", file]);
    assert.equal(code, 0);
    const [head = "", ...lines] = said.trimEnd().split("\n");
    assert.equal(lines.length, 21);
    for (const line of lines.slice(0, 19)) assert.match(line.slice(head.indexOf("CREATED")), /^20\d\d-\d\d-\d\d {2}20/);
    assert.match(lines[19] ?? "", new RegExp(`${longer}  [0-9a-f-]{36}  20`));
  });

  it("shortens no name at a terminal that has room for it, whichever controller it is on", async function () {
    if (!hasTerminal) this.skip(); // Only `script` can open a terminal here.
    const all = await fleet.start(20);
    const longer = "a name that is longer than all before it";
    for (const [index, jenkins] of all.entries()) made(jenkins, "alice", index === 19 ? longer : "ci");
    const file = fleet.file(all.map(({ url }) => entry(url, "alice")));
    for (const columns of [220, 90]) {
      const { said } = await commandInColumns(columns, ["list", "--controllers", file], { environment: PASSWORDS });
      assert.ok(said.includes(longer), said);
      const shown = said.split("\n").map((line) => line.split("\u001b[K").at(-1) ?? ""); // Without what is said of a wait.
      for (const line of shown) assert.ok(stringWidth(stripVTControlCharacters(line)) <= columns + 1, line);
    }
  });

  it("asks at most 16 controllers at a time", async () => {
    const all = await fleet.start(24);
    let [open, most] = [0, 0];
    const full = gate();
    // A seventeenth login would come while these sixteen wait.
    const until = full.passed.then(() => sleep(1_000));
    for (const jenkins of all) {
      jenkins.intercept = ({ path }) => {
        if (!path.endsWith("/whoAmI/api/json")) return undefined;
        open += 1;
        most = Math.max(most, open);
        if (open === 16) full.open();
        return { kind: "wait", until };
      };
      jenkins.passBack = (reply) => {
        if (reply.body.includes("hudson.security.WhoAmI")) open -= 1;
        return reply;
      };
    }
    const file = fleet.file(all.map(({ url }) => entry(url, "alice")));
    const { code, said } = await run(["list", "--controllers", file]);
    assert.deepEqual([code, said], [0, "Tokens of the logged-in users on 24 controllers: 0 of 0\n"]);
    assert.equal(most, 16);
  });

  it("fails if no controller has the user of --user, because the id may be mistyped", async () => {
    const all = await fleet.start(2);
    const file = fleet.file([...all.map(({ url }) => url), NOWHERE].map((url) => entry(url, "admin")));
    const { code, said, aside } = await run(["list", "--user", "nobody", "--controllers", file]);
    assert.deepEqual([code, said], [1, "Tokens of nobody on 2 controllers: 0 of 0\n"]);
    assert.match(aside, /\nFailed for 1 of 3 controllers\.\nThere is no user nobody on 2 controllers\.\n$/);
  });

  it("treats a controller that does not have the user of --user as one without tokens", async () => {
    const [a, b] = await fleet.start(2);
    assert.ok(a && b);
    a.addUser({ id: "jane" });
    made(a, "jane", "hers");
    const file = fleet.file([a, b].map(({ url }) => entry(url, "admin")));
    const { code, said, aside } = await run(["list", "--user", "jane", "--json", "--controllers", file]);
    assert.deepEqual([code, aside], [0, ""]);
    const { controllers } = JSON.parse(said);
    assert.deepEqual(controllers, [
      { jenkinsUrl: a.url, userId: "jane", tokens: 1, all: 1 },
      { jenkinsUrl: b.url, tokens: 0, all: 0 },
    ]);
  });

  it("masks the password of a later controller in the rows of the first ones", async () => {
    const all = await fleet.start(40);
    const password = "correct-horse-battery";
    for (const jenkins of all) made(jenkins, "alice", `for ${password}`);
    const own = { url: all[39]?.url, user: "alice", password: { variable: "LAST" } };
    const file = fleet.file([...all.slice(0, 39).map(({ url }) => entry(url, "alice")), own]);
    all[39]?.setPassword("alice", password);
    const { code, said } = await run(["list", "--controllers", file], { ...PASSWORDS, LAST: password });
    assert.equal(code, 0);
    assert.ok(!said.includes(password), said);
  });

  it("reads a secret from a file beside the controllers file, and takes no headers from the environment", async () => {
    const [a] = await fleet.start(1);
    assert.ok(a);
    const { tokenValue } = a.generate("alice", "logs in");
    writeFileSync(join(fleet.folder, "token"), `${tokenValue}\n`);
    const file = fleet.file(["# ours", "", { url: a.url, user: "alice", apiToken: { file: "token" } }]);
    const environment = { JENKINS_HEADERS: '{"x-secret": "for another one"}' };
    const { code, said } = await run(["list", "--controllers", file], environment);
    assert.equal(code, 0);
    assert.match(said, /logs in/);
    assert.ok(a.log.every(({ headers }) => !("x-secret" in headers)));
  });

  it("reports where a missing secret is expected, and lists the other controllers", async () => {
    const [a] = await fleet.start(1);
    assert.ok(a);
    const missing = (place: object) => ({ url: `${NOWHERE}/${Object.values(place)}`, user: "alice", apiToken: place });
    const file = fleet.file([
      ...[missing({ variable: "NO" }), missing({ file: "no" })],
      ...[missing({ variable: "toString" }), { ...missing({ variable: "BLANK" }), url: `${NOWHERE}/blank` }],
      entry(a.url, "alice"),
    ]);
    const { code, said, aside } = await run(["list", "--controllers", file], { ...PASSWORDS, BLANK: " \n" });
    assert.deepEqual([code, said], [1, "Tokens of the logged-in users on 1 controller: 0 of 0\n"]);
    assert.equal(
      aside,
      `${NOWHERE}/NO: apiToken of line 1 of controllers.jsonl: the variable NO is not set.
${NOWHERE}/no: apiToken of line 2 of controllers.jsonl: the file can't be read (ENOENT).
${NOWHERE}/toString: apiToken of line 3 of controllers.jsonl: the variable toString is not set.
${NOWHERE}/blank: apiToken of line 4 of controllers.jsonl: the variable BLANK is empty.
Failed for 4 of 5 controllers.
`,
    );
  });

  it("names the line of a setting that can't be used, in the words of the file", async () => {
    const password = { variable: "PASSWORD_OF_ALICE" };
    const lines = [
      { url: NOWHERE, user: "a\u200bb", password },
      { url: NOWHERE, user: "alice", password, headers: { variable: "HEADERS" } },
    ];
    const { aside } = await run(["list", "--controllers", fleet.file(lines)], {
      ...PASSWORDS,
      HEADERS: '{"Host":"x"}',
    });
    const [user, headers] = aside.split("\n");
    assert.match(
      user ?? "",
      / from the controllers file \(user of line 1 of controllers\.jsonl\) has a line break or /,
    );
    assert.match(
      headers ?? "",
      /: headers of line 2 of controllers\.jsonl, the variable HEADERS: the header Host can't be set, /,
    );
  });

  const url = "https://ci.example.com";
  const apiToken = { variable: "X" };
  const SECRET = "hidden-secret-of-ours";
  const mistakes: [line: object | string, message: RegExp][] = [
    [`{"url": "${url}", "apiToken": ${SECRET}}`, /^line 2 of controllers\.jsonl is not JSON\. Write one object/],
    ["[]", /^line 2 of controllers\.jsonl: write an object, such as /],
    [{ user: "alice", apiToken }, /: url is missing\./],
    [{ url: "ci.example.com", user: "alice", apiToken }, /: url is not a url, such as/],
    [{ url, apiToken }, /: user is missing\./],
    [{ url, user: "alice" }, /: set either apiToken or password\./],
    [{ url, user: "alice", apiToken, password: apiToken }, /: set either apiToken or password\./],
    [
      { url, user: "alice", apiToken: SECRET },
      /: apiToken must say where the value is: .* Never write a secret into this file\./,
    ],
    [{ url, user: "alice", password: { command: SECRET } }, /: password must say where the value is/],
    [{ url, user: "alice", token: SECRET }, /: only url, user, apiToken, password, caCert, .* can be set\./],
    [{ url: "https://CI.example.com/", user: "alice", apiToken }, / names the same url and user as line 1\./],
    [{ url, user: ' "ALICE" ', apiToken }, / names the same url and user as line 1\./],
    [{ url, user: '""', apiToken }, /: user is missing\./],
  ];
  for (const [line, message] of mistakes) {
    it(`exits with 2, and shows no secret, for this line of the file: ${JSON.stringify(line)}`, async () => {
      const file = fleet.file([{ url, user: "alice", apiToken }, line]);
      const { code, said, aside } = await run(["list", "--controllers", file]);
      assert.deepEqual([code, said], [2, ""]);
      assert.match(aside, message);
      assert.ok(!aside.includes(SECRET));
    });
  }

  it("shows with doctor what needs attention on each controller, and failed controllers last", async () => {
    const [a, b] = await fleet.start(2);
    assert.ok(a && b);
    const file = fleet.file([entry(NOWHERE, "alice"), entry(a.url, "alice"), entry(b.url, "admin")]);
    const { code, said } = await run(["doctor", "--controllers", file]);
    assert.equal(code, 1);
    const tls = "  ! TLS         none: anybody on the network path can read the credentials";
    const lines = said.trimEnd().split("\n");
    assert.deepEqual(lines.slice(0, 6), [`✔ ${a.url}`, tls, `✔ ${b.url}`, tls, `✘ ${NOWHERE}`, tls]);
    assert.match(lines[6] ?? "", /^ {2}✘ Jenkins .*the connection was refused/);
    const next = "Next: do what each line with ✘ says, and run pulumi-jenkins doctor again.";
    assert.deepEqual(lines.slice(7), ["Controllers that are ready: 2 of 3", next]);
    const json = JSON.parse((await run(["doctor", "--json", "--controllers", file])).said);
    assert.deepEqual([json.version, json.controllers.length], [1, 3]);
    assert.deepEqual(json.controllers[1].findings[1], {
      about: "login",
      result: "ok",
      says: "alice with a password, from line 2 of controllers.jsonl",
    });
  });
});
