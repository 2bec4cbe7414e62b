import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { command, loginOf, ownJenkins } from "../support/command.ts";
import { unmarked } from "../support/front-door.ts";

const NAME =
  /^pulumi-jenkins exec \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [\w.-]+ \d+ [0-9a-f]{8}(-\d+)?-[0-9a-f]{16}( \(pulumi [0-9a-f]{16}\))?$/;

/** A program that prints its environment, and Jenkins' reply to the login in it. */
const SIGN_IN = `
  const { JENKINS_URL, JENKINS_USER_ID, JENKINS_API_TOKEN } = process.env;
  const authorization = "Basic " + Buffer.from(JENKINS_USER_ID + ":" + JENKINS_API_TOKEN).toString("base64");
  const reply = await fetch(JENKINS_URL + "/whoAmI/api/json", { headers: { authorization } });
  console.log(JSON.stringify({ env: process.env, status: reply.status, name: (await reply.json()).name }));`;
const SIGNS_IN = ["--", process.execPath, "--input-type=module", "--eval", SIGN_IN];

describe("pulumi-jenkins exec", () => {
  const suite = ownJenkins();
  const { as, restart } = suite;
  const exec = (args: string[], around = as("alice")) => command(["exec", ...args], around);
  const names = (id = "alice") => suite.names(id);
  const asked = () => suite.jenkins.requests("POST", "generateNewToken").map(({ form }) => form);

  async function statusFor(userId: string, token: string): Promise<number> {
    const authorization = `Basic ${Buffer.from(`${userId}:${token}`).toString("base64")}`;
    return (await fetch(`${suite.jenkins.url}/whoAmI/api/json`, { headers: { authorization } })).status;
  }

  for (const [by, token] of [
    ["a password", () => undefined],
    ["an API token", () => suite.jenkins.generate("alice", "logs in").tokenValue],
  ] as const) {
    it(`logs in with ${by}, runs a command with a new token, and revokes the token`, async () => {
      const own = token();
      const before = names();
      const { code, said, aside } = await exec(SIGNS_IN, as("alice", own));
      assert.deepEqual([code, aside, names()], [0, "", before]);
      const { env, status, name } = JSON.parse(said);
      assert.deepEqual(
        [status, name, env.JENKINS_URL, env.JENKINS_USER_ID],
        [200, "alice", suite.jenkins.url, "alice"],
      );
      assert.match(env.JENKINS_API_TOKEN, /^11[0-9a-f]{32}$/);
      assert.notEqual(env.JENKINS_API_TOKEN, own);
      assert.equal(await statusFor("alice", env.JENKINS_API_TOKEN), 401);
      assert.match(asked()[0]?.["newTokenName"] ?? "", NAME);
    });
  }

  it("passes every variable to the command, except those of its own login", async () => {
    const others = { JENKINS_USER: "alice", JENKINS_HEADERS: '{"x-gate":"open"}', OWN: "kept" };
    const { said } = await exec(SIGNS_IN, { environment: { ...loginOf(suite.jenkins.url, "alice"), ...others } });
    const { JENKINS_PASSWORD, JENKINS_USER, JENKINS_HEADERS, OWN } = JSON.parse(said).env;
    assert.deepEqual(
      [JENKINS_PASSWORD, JENKINS_USER, JENKINS_HEADERS, OWN],
      [undefined, undefined, others.JENKINS_HEADERS, "kept"],
    );
    assert.doesNotMatch(said, /alice-password/);
  });

  it("creates a token for another user through the script console", async () => {
    const { code, said, aside } = await exec(["--user", "bob", ...SIGNS_IN], as("admin"));
    assert.deepEqual([code, aside, names("bob"), names("admin")], [0, "", [], []]);
    const { env, name } = JSON.parse(said);
    assert.deepEqual([name, env.JENKINS_USER_ID], ["bob", "bob"]);
    assert.deepEqual(
      suite.jenkins.scripts.map(({ verb, tokenName = "", expiresInDays }) => [
        verb,
        NAME.test(tokenName),
        expiresInDays,
      ]),
      [
        ["list", false, undefined],
        ["generate", true, 1],
        ["revoke", false, undefined],
        ["list", false, undefined],
      ],
    );
  });

  it("uses no script console for the signed-in user, in any spelling of the id", async () => {
    for (const user of ["alice", "ALICE"]) {
      const { code, said, aside } = await exec(["--user", user, ...SIGNS_IN]);
      assert.deepEqual([code, aside, JSON.parse(said).name], [0, "", "alice"]);
    }
    assert.deepEqual(suite.jenkins.scripts, []);
  });

  it("does not start the command if no token can be created", async () => {
    const { code, said, aside } = await exec(["--user", "bob", ...SIGNS_IN]);
    assert.deepEqual([code, said], [1, ""]);
    assert.match(aside, /answered 403: /);
  });

  it("uses the Jenkins in --url, and passes this URL to the command", async () => {
    const { code, said } = await exec(["--url", `${suite.jenkins.url}/`, ...SIGNS_IN], {
      environment: loginOf("http://127.0.0.1:1", "alice"),
    });
    assert.deepEqual([code, JSON.parse(said).env.JENKINS_URL], [0, suite.jenkins.url]);
  });

  it("creates a token that expires after a day, or never on Jenkins before 2.548", async () => {
    for (const [version, days] of [
      ["2.548", "1"],
      ["2.547", undefined],
    ] as const) {
      await restart({ version });
      const { code } = await exec(SIGNS_IN);
      assert.deepEqual([code, names(), asked().map((form) => form["expirationDuration"])], [0, [], [days]]);
    }
  });

  it("creates a token that never expires if a proxy hides that Jenkins is older than 2.548", async () => {
    await restart({ version: "2.532" });
    suite.jenkins.passBack = unmarked;
    const { code, aside } = await exec(SIGNS_IN);
    assert.deepEqual([code, aside, names()], [0, "", []]);
    assert.deepEqual(
      asked().map((form) => form["expirationDuration"]),
      ["1", undefined],
    );
  });

  it("passes on standard input and both outputs", async () => {
    const input = "x".repeat(1_000_000);
    const { code, said, aside } = await exec(["--", "sh", "-c", "cat; echo aside >&2"], { ...as("alice"), input });
    assert.deepEqual([code, said.length, aside], [0, input.length, "aside\n"]);
  });

  it("passes the command's arguments unchanged, including options and hyphens", async () => {
    const print = "console.log(JSON.stringify(process.argv.slice(1)))";
    const words = ["--user", "x y", "--", "--help", "$HOME", ""];
    const { said } = await exec(["--", process.execPath, "--eval", print, "--", ...words]);
    assert.deepEqual(JSON.parse(said), words);
  });

  it("shows the token's value neither in arguments nor in outputs", async () => {
    const arguments_ = "tr '\\0' ' ' < /proc/$PPID/cmdline; tr '\\0' ' ' < /proc/$$/cmdline";
    const { said, aside } = await exec(["--", "sh", "-c", arguments_]);
    assert.doesNotMatch(said + aside, /11[0-9a-f]{32}|alice-password/);
  });

  for (const [line, code] of [
    ["exit 0", 0],
    ["exit 7", 7],
    ["kill -TERM $$", 143],
    ["kill -KILL $$", 137],
  ] as const) {
    it(`exits with ${code} after the command "${line}"`, async () => {
      const ended = await exec(["--", "sh", "-c", line]);
      assert.deepEqual([ended, names()], [{ code, said: "", aside: "" }, []]);
    });
  }

  it("exits with 127 if the command does not exist, and with 126 if it cannot be started", async () => {
    const missing = await exec(["--", "no-such-command"]);
    const aside = `"no-such-command" can't be started: there is no such command.\n`;
    assert.deepEqual([missing, names()], [{ code: 127, said: "", aside }, []]);
    const folder = await exec(["--", "/"]);
    assert.deepEqual([folder, names()], [{ code: 126, said: "", aside: `"/" can't be started: EACCES.\n` }, []]);
    const hostile = await exec(["--", "a\u001bb"]);
    assert.match(hostile.aside, /^"a\\u001bb" can't/);
  });

  it("shows the exit codes with --help, without a command", async () => {
    const { code, said } = await exec(["--help"]);
    assert.equal(code, 0);
    assert.match(said, /^ +pulumi-jenkins exec .* -- COMMAND\.\.\.\n[\s\S]*\b127 if there is no such\b/m);
  });

  const NO_COMMAND = "exec takes a command after two hyphens, such as pulumi-jenkins exec -- make deploy.";
  for (const [line, message] of [
    ["", NO_COMMAND],
    ["make", NO_COMMAND],
    ["--", NO_COMMAND],
    ["ls -l", NO_COMMAND],
    ["-- ''", NO_COMMAND],
    ["make -- x", "exec takes only options."],
    ["--controllers a -- make", "Unknown option '--controllers': it is an option of doctor, list, revoke."],
    ["--url http://a --url http://b -- make", "exec takes one --url."],
  ] as const) {
    it(`exits with 2, and sends no request, for the arguments ${JSON.stringify(line)}`, async () => {
      const words = line.split(" ").filter(Boolean);
      const ended = await exec(words.map((word) => (word === "''" ? "" : word)));
      const aside = `${message} See pulumi-jenkins exec --help.\n`;
      assert.deepEqual([ended, suite.jenkins.log.length], [{ code: 2, said: "", aside }, 0]);
    });
  }
});
