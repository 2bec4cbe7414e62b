import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, it } from "mocha";
import manifest from "../../package.json" with { type: "json" };
import { OPTIONS, read } from "../../provider/command/arguments.ts";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { atTerminal, command, hasTerminal, loginOf } from "../support/command.ts";
import { plainEnvironment } from "../support/environment.ts";
import { certificate, key } from "../support/tls.ts";

const GUIDE = fileURLToPath(new URL("../../docs/command.md", import.meta.url));

interface Finding {
  about: string;
  result: string;
  says: string;
}

const tooLong = (text: string): string[] => text.split("\n").filter((line) => line.length > 80);

describe("pulumi-jenkins", () => {
  const verbs = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[];
  for (const verb of verbs) {
    it(`${verb} --help shows a synopsis, each option of the verb, and the exit codes, within 80 columns`, async () => {
      for (const help of ["--help", "-h"]) {
        const { code, said, aside } = await command([verb, help]);
        assert.deepEqual([code, aside], [0, ""]);
        assert.match(
          said,
          new RegExp(`^Usage:\n  pulumi-jenkins ${verb} [\\s\\S]*\nExit codes: 0 .*, 2 wrong usage\\.\n$`),
        );
        assert.deepEqual(tooLong(said), []);
        const options = Object.keys(OPTIONS[verb]).filter((name) => name !== "help");
        assert.deepEqual(
          options.filter((name) => !new RegExp(`^ +--${name}\\b`, "m").test(said)),
          [],
        );
      }
    });
  }

  it("--help, or no argument, shows what the command does and one line for each verb, within 80 columns", async () => {
    for (const args of [["--help"], ["-h"], []]) {
      const { code, said, aside } = await command(args);
      assert.deepEqual([code, aside, tooLong(said)], [0, "", []]);
      assert.match(said, /^pulumi-jenkins lists and revokes API tokens of Jenkins users/);
      for (const verb of verbs) assert.match(said, new RegExp(`^  ${verb} +[a-z]`, "m"));
    }
  });

  it("--help shows only examples that the command understands", async () => {
    const helps = await Promise.all([[], ...verbs.map((verb) => [verb])].map((line) => command([...line, "--help"])));
    const examples = helps.flatMap(({ said }) => said.match(/(?<=^ {2}pulumi-jenkins )(?!.*[[.V])[^<\n]+/gm) ?? []);
    assert.ok(examples.length > 8);
    for (const line of examples) assert.ok("verb" in read(line.trim().split(" ")), line);
  });

  it("--version prints the version of the package", async () => {
    assert.deepEqual(await command(["--version"]), { code: 0, said: `${manifest.version}\n`, aside: "" });
  });

  it("is also what the plugin's executable runs, unless Pulumi starts it with an address", async () => {
    const plugin = fileURLToPath(new URL("../../provider/plugin/main.ts", import.meta.url));
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [plugin, ...args], {
        encoding: "utf8",
        env: plainEnvironment(),
      });
      return { code: status, said: stdout, aside: stderr };
    };
    for (const line of ["--version", "--help", "-h", "list --help", "lits", "list --frobnicate"]) {
      assert.deepEqual(run(...line.split(" ")), await command(line.split(" ")), line);
    }
    if (!hasTerminal) return;
    const { code, said } = await atTerminal(`'${process.execPath}' '${plugin}'`);
    assert.deepEqual([code, said.replaceAll("\r", "")], [0, (await command([])).said]);
  });

  it("names the required Node.js version on an older one, and so does the plugin", () => {
    const old = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.18.0" } });`;
    for (const [name, main] of [
      ["pulumi-jenkins", "command/main.ts"],
      ["pulumi-resource-jenkins", "plugin/main.ts"],
    ] as const) {
      const script = fileURLToPath(new URL(`../../provider/${main}`, import.meta.url));
      const args = [`--import=data:text/javascript,${encodeURIComponent(old)}`, script, "doctor"];
      const { status, stderr } = spawnSync(process.execPath, args, { env: plainEnvironment() });
      assert.equal(status, 1);
      assert.match(String(stderr), new RegExp(`^${name} needs Node.js 22.19 or later, and .* is 22.18.0\\.\n$`));
    }
  });

  const uuid = "4f1c0000-0000-4000-8000-000000000000";
  const ONE_WAY = "revoke takes one of these: uuids of tokens, filters, --all, or --value -.";
  const wrong: [line: string, message: string][] = [
    ["dance", `There is no verb "dance". The verbs are ${verbs.join(", ")}.`],
    ["lits", 'There is no verb "lits". Did you mean pulumi-jenkins list?'],
    ["list --frobnicate", "Unknown option '--frobnicate'."],
    ["list --unused-fro=90d", "Unknown option '--unused-fro'. Did you mean --unused-for?"],
    ["doctor --yes", "Unknown option '--yes': it is an option of revoke."],
    ["list --user --json", "--user needs a value."],
    [
      "list --name -x",
      "--name needs a value. Before a value that begins with a hyphen, write --name= without a blank.",
    ],
    ["list --user alice --user=bob", "--user can be given only once."],
    ["revoke --name a* --name b* --yes", "--name can be given only once."],
    ["list --user", "--user needs a value."],
    ["list --user=", "--user needs a value, but the given one is empty."],
    ["revoke --name= --yes", "--name needs a value, but the given one is empty."],
    ["list --url http://a --url=", "--url needs a value, but the given one is empty."],
    ["list -user jane", "Unknown option '-user'. Did you mean --user?"],
    ["list -al-users", "Unknown option '-al-users'. Did you mean --all-users?"],
    ["list -yes", "Unknown option '-yes': it is an option of revoke."],
    ["list -x", "Unknown option '-x'."],
    ["list -phunter2", "Unknown option '-p'."],
    ["list -ualice:hunter2 -user", "Unknown option '-u'."],
    ["list ci", "list takes only options."],
    ["list --unused-for 90", "--unused-for takes whole days from 1d to 99999d."],
    ["list --unused-for 0d", "--unused-for takes whole days from 1d to 99999d."],
    ["list --user alice --all-users", "--user and --all-users can't be combined."],
    ["list --via rest", "--via takes only scriptConsole."],
    ["list --user ..", "--user must be the id of a user: . and .. can't be in a url."],
    ["revoke --yes", ONE_WAY],
    [`revoke ${uuid} --unused-for 9d --yes`, ONE_WAY],
    ["revoke --user bob --all --value - --yes", ONE_WAY],
    [`revoke ${uuid} --yes --dry-run`, "--yes and --dry-run can't be combined."],
    [`revoke ${uuid} --url http://a --url http://b --yes`, "A uuid needs one --url, and the login in the environment."],
    ["revoke --all --yes", "--all needs --user."],
    ["revoke --all-users --value - --yes", "--all-users needs a filter, such as --expired."],
    ["revoke --expired --even-managed --yes", "--even-managed needs --stack."],
    ["list --not-in-stack", "--not-in-stack needs --stack."],
    ["list --json --csv", "--json and --csv can't be combined."],
    ["list --url http://a --controllers a", "--url and --controllers can't be combined."],
    ["list --url http://u:p@a", "--url must not contain a user name or a password: set them separately."],
    ["list --url ftp://a", "--url must begin with http:// or https://."],
    ["list --html a --import-file ./a", "--controllers, --html and --import-file need different files."],
    ["list --timeout 5", "--timeout takes whole seconds from 1s to 9999s."],
    ["list --fail-on frobnicated", "--fail-on takes a filter, such as expired or unused-for=90d."],
    ["list --fail-on expird", "--fail-on takes a filter, such as expired or unused-for=90d. Did you mean expired?"],
    ["list --fail-on name=", "--fail-on name takes a value."],
    ["list --fail-on older-than", "--fail-on older-than takes a value."],
    ["list --fail-on expired=yes", "--fail-on expired takes no value."],
    ["list --fail-on older-than=90", "--fail-on older-than takes whole days from 1d to 99999d."],
    [
      "list --url http://a --url http://b --import-file a.json",
      "--import-file takes one controller, because a provider of Pulumi has one Jenkins.",
    ],
  ];
  for (const [line, message] of wrong) {
    it(`exits with 2, and sends no request, for the arguments ${JSON.stringify(line)}`, async () => {
      const jenkins = await startJenkins();
      const asked = await command(line.split(" ").filter(Boolean), { environment: loginOf(jenkins.url, "alice") });
      const [help] = verbs.filter((verb) => line.startsWith(`${verb} `)).map((verb) => `${verb} --help`);
      const aside = `${message} See pulumi-jenkins ${help ?? "--help"}.\n`;
      assert.deepEqual([asked, jenkins.log.length], [{ code: 2, said: "", aside }, 0]);
      await jenkins.close();
    });
  }
});

describe("pulumi-jenkins doctor", () => {
  let jenkins: Jenkins | undefined;

  afterEach(async () => {
    await jenkins?.close();
    jenkins = undefined;
  });

  async function start(options?: JenkinsOptions): Promise<string> {
    jenkins = await startJenkins(options);
    return jenkins.url;
  }

  async function findings(environment: Record<string, string>, ...args: string[]) {
    const { code, said, aside } = await command(["doctor", "--json", ...args], { environment });
    const { findings } = JSON.parse(said) as { findings: Finding[] };
    const about = Object.fromEntries(findings.map(({ about, result, says }) => [about, `${result}: ${says}`]));
    return { code, aside, ...about } as Record<string, unknown>;
  }

  it("reports that everything needed to create tokens is there, and changes nothing on Jenkins", async () => {
    const url = await start();
    const [, shown = ""] = /```text\n(✔[^`]*`expiresInDays`[^`]*)```/.exec(readFileSync(GUIDE, "utf8")) ?? [];
    assert.deepEqual(await command(["doctor"], { environment: loginOf(url, "alice") }), {
      code: 0,
      aside: "",
      said: shown.replace("http://127.0.0.1:8080", url),
    });
    assert.deepEqual(new Set(jenkins?.work.map(({ method }) => method)), new Set(["GET"]));
  });

  it("names the variables that the URL and the login come from, and shows no secret", async () => {
    const url = await start();
    const token = jenkins?.generate("alice", "ci").tokenValue ?? "";
    const environment = { JENKINS_URL: url, JENKINS_USERNAME: "alice", JENKINS_API_TOKEN: token };
    const { login, code } = await findings(environment);
    assert.deepEqual([login, code], ["ok: alice with an API token, from JENKINS_USERNAME and JENKINS_API_TOKEN", 0]);
    assert.doesNotMatch(JSON.stringify(await findings(environment)), new RegExp(token));
  });

  it("reports an old version, missing CSRF protection and a wrong clock, with the consequence of each", async () => {
    const now = () => new Date(Date.now() - 3_600_000);
    const { expiry, CSRF, clock, code } = await findings(
      loginOf(await start({ version: "2.169", csrf: false, now }), "alice"),
    );
    assert.match(String(expiry), /^note: needs Jenkins 2\.548, LTS 2\.555\.1: leave out `expiresInDays`/);
    assert.match(String(CSRF), /^note: protection is off/);
    assert.match(String(clock), /^FAIL: Jenkins is 36\d\d seconds behind this machine\. Set both clocks/);
    assert.equal(code, 1);
  });

  it("reports that users have no named tokens before Jenkins 2.129", async () => {
    const { tokens, code } = await findings(loginOf(await start({ version: "2.72" }), "alice"));
    assert.match(String(tokens), /^note: Jenkins before 2\.129 has one token per user, .* `via: "legacy"`\.$/);
    assert.equal(code, 0);
  });

  it("tells an administrator how to create tokens for another user, and what it cannot check", async () => {
    const url = await start();
    const { tokens, code } = await findings(loginOf(url, "admin"), "--user", "bob");
    assert.match(
      String(tokens),
      /^ok: admin can create tokens of bob with `via: "scriptConsole"`\. .* doctor can't check\.$/,
    );
    assert.equal(code, 0);
    assert.deepEqual([jenkins?.tokens("bob"), jenkins?.scripts.map(({ verb }) => verb)], [[], ["list"]]);
  });

  it("reports that other users may not create them, and reports an unknown user", async () => {
    const url = await start();
    const others = await findings(loginOf(url, "alice"), "--user", "bob");
    assert.match(
      String(others["tokens"]),
      /^FAIL: .* alice lacks the permission .* only administrators may use the script/,
    );
    const nobodys = await findings(loginOf(url, "admin"), "--user", "nobody");
    assert.match(String(nobodys["tokens"]), /^FAIL: Looking for the user nobody failed: .* There is no such user/);
    assert.deepEqual([others["code"], nobodys["code"]], [1, 1]);
  });

  it("exits with 1 for a wrong password, an unreachable Jenkins, and contradictory or missing settings", async () => {
    const url = await start();
    const wrongPassword = await findings({ ...loginOf(url, "alice"), JENKINS_PASSWORD: "not-it-at-all" });
    assert.match(
      String(wrongPassword["logged in"]),
      /^FAIL: .* does not accept the password of alice \(from: environment\)/,
    );
    assert.match(String(wrongPassword["Jenkins"]), /^ok/);
    assert.doesNotMatch(JSON.stringify(wrongPassword), /not-it-at-all/);
    const nowhere = await findings(loginOf("http://127.0.0.1:1", "alice"));
    assert.match(String(nowhere["Jenkins"]), /^FAIL: .*: the connection was refused\. Is Jenkins running/);
    const both = await findings({ ...loginOf(url, "alice"), JENKINS_API_TOKEN: "x" });
    assert.match(String(both["settings"]), /^FAIL: the environment names both an API token and a password/);
    const none = await findings({});
    assert.match(
      String(none["settings"]),
      /^FAIL: a login is missing, and the url of Jenkins is missing\. Set JENKINS_URL, /,
    );
    assert.doesNotMatch(String(none["settings"]), /stack config|jenkins:|`connection`/);
    assert.deepEqual(
      [wrongPassword, nowhere, both, none].map(({ code }) => code),
      [1, 1, 1, 1],
    );
  });

  it("reports a proxy variable that is only for the other scheme, in upper and lower case", async () => {
    const why = "ok: none: HTTPS_PROXY is only for https URLs, and HTTP_PROXY is not set";
    for (const name of ["https_proxy", "HTTPS_PROXY"]) {
      const found = await findings({ ...loginOf("http://127.0.0.1:1", "alice"), [name]: "http://127.0.0.1:1" });
      assert.equal(found["proxy"], why, name);
    }
    const blank = await findings({ ...loginOf("http://127.0.0.1:1", "alice"), HTTPS_PROXY: " " });
    assert.equal(blank["proxy"], "ok: none");
  });

  it("shows no credentials of a proxy, and reports whether JENKINS_CA_CERT makes the certificate trusted", async () => {
    const server = createServer({ cert: certificate, key }, (_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const untrusted = await findings(loginOf(url, "alice"));
    assert.equal(untrusted["TLS"], "ok: trusting the authorities of Node.js");
    assert.match(String(untrusted["Jenkins"]), /^FAIL: .* not signed by an authority that this machine trusts/);
    const proxied = { HTTPS_PROXY: "http://who:hidden-secret@127.0.0.1:1", NO_PROXY: "localhost" };
    const trusted = await findings({ ...loginOf(url, "alice"), JENKINS_CA_CERT: certificate, ...proxied });
    assert.equal(trusted["TLS"], "ok: trusting JENKINS_CA_CERT");
    assert.equal(trusted["proxy"], 'ok: none: NO_PROXY excludes this url by "localhost"');
    assert.match(String(trusted["Jenkins"]), /^FAIL: .* answered 404/);
    assert.doesNotMatch(JSON.stringify(trusted), /hidden-secret/);
    server.close();
  });
});
