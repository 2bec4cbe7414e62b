import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, it } from "mocha";
import { type Jenkins, type JenkinsOptions, startJenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { certificate, key } from "../support/tls.ts";

interface Finding {
  about: string;
  result: string;
  says: string;
}

describe("pulumi-jenkins", () => {
  for (const verb of ["doctor", "list", "revoke"]) {
    it(`${verb} says what it is asked with, and what its exit codes mean`, async () => {
      for (const help of ["--help", "-h"]) {
        const { code, said, aside } = await command([verb, help]);
        assert.deepEqual([code, aside], [0, ""]);
        assert.match(
          said,
          new RegExp(`^pulumi-jenkins ${verb} .*--json[\\s\\S]*Exit codes: 0 fine, 1 .*, 2 wrong usage\\.\n$`),
        );
      }
    });
  }

  it("--help says it of all verbs", async () => {
    const { code, said } = await command(["--help"]);
    assert.equal(code, 0);
    for (const verb of ["doctor", "list", "revoke"]) assert.match(said, new RegExp(`^pulumi-jenkins ${verb} `, "m"));
  });

  it("says on an old Node.js which one it needs, as does the plugin", () => {
    const old = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.18.0" } });`;
    for (const [name, main] of [
      ["pulumi-jenkins", "command/main.ts"],
      ["pulumi-resource-jenkins", "plugin/main.ts"],
    ] as const) {
      const script = fileURLToPath(new URL(`../../provider/${main}`, import.meta.url));
      const { status, stderr } = spawnSync(process.execPath, [
        `--import=data:text/javascript,${encodeURIComponent(old)}`,
        script,
        "doctor",
      ]);
      assert.equal(status, 1);
      assert.match(String(stderr), new RegExp(`^${name} needs Node.js 22.19 or later, and .* is 22.18.0\\.\n$`));
    }
  });

  const uuid = "4f1c0000-0000-4000-8000-000000000000";
  const wrong: [line: string, message: string][] = [
    ["", "The verb is doctor, list or revoke."],
    ["dance", "The verb is doctor, list or revoke."],
    ["list --frobnicate", "Unknown option '--frobnicate'."],
    ["doctor --yes", "Unknown option '--yes'."],
    ["list --user", "Option '--user <value>' argument missing."],
    ["list ci", "list takes options alone."],
    ["list --unused-for 90", "--unused-for takes whole days, such as 90d."],
    ["list --unused-for 0d", "--unused-for takes whole days, such as 90d."],
    ["list --user alice --all-users", "--user and --all-users exclude each other."],
    ["list --via rest", "--via takes scriptConsole alone."],
    ["revoke --yes", "revoke takes either uuids of tokens or --unused-for."],
    [`revoke ${uuid} --unused-for 9d --yes`, "revoke takes either uuids of tokens or --unused-for."],
    [`revoke ${uuid} --yes --dry-run`, "--yes and --dry-run exclude each other."],
  ];
  for (const [line, message] of wrong) {
    it(`ends with 2, and asks nobody, where it is asked for ${JSON.stringify(line)}`, async () => {
      const jenkins = await startJenkins();
      const asked = await command(line.split(" ").filter(Boolean), { environment: loginOf(jenkins.url, "alice") });
      const aside = `${message} pulumi-jenkins --help says what there is.\n`;
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

  it("says of everything that making tokens needs that it is there, and writes nothing to Jenkins", async () => {
    const url = await start();
    assert.deepEqual(await command(["doctor"], { environment: loginOf(url, "alice") }), {
      code: 0,
      aside: "",
      said: `ok    url         ${url}, from JENKINS_URL
ok    login       alice with a password, from JENKINS_USER_ID and JENKINS_PASSWORD
note  TLS         none: whoever is on the way can read the login
ok    proxy       none
ok    Jenkins     answers, and is version 2.568.1
ok    signed in   as alice
ok    CSRF        protection is on; passwords get a crumb, API tokens need none
ok    clock       of Jenkins and this machine's agree
ok    tokens      of alice can be made, as by everybody for themselves
ok    expiry      of tokens is known to this Jenkins: \`expiresInDays\` works
`,
    });
    assert.deepEqual(new Set(jenkins?.work.map(({ method }) => method)), new Set(["GET"]));
  });

  it("names the variables that it has taken url and login from, and no secret", async () => {
    const url = await start();
    const token = jenkins?.generate("alice", "ci").tokenValue ?? "";
    const environment = { JENKINS_URL: url, JENKINS_USERNAME: "alice", JENKINS_API_TOKEN: token };
    const { login, code } = await findings(environment);
    assert.deepEqual([login, code], ["ok: alice with an API token, from JENKINS_USERNAME and JENKINS_API_TOKEN", 0]);
    assert.doesNotMatch(JSON.stringify(await findings(environment)), new RegExp(token));
  });

  it("tells of a Jenkins that is older, without CSRF protection and off the time, what that means", async () => {
    const now = () => new Date(Date.now() - 3_600_000);
    const { expiry, CSRF, clock, code } = await findings(
      loginOf(await start({ version: "2.169", csrf: false, now }), "alice"),
    );
    assert.match(String(expiry), /^note: of tokens needs Jenkins 2\.548, LTS 2\.555\.1: leave out `expiresInDays`/);
    assert.match(String(CSRF), /^note: protection is off/);
    assert.match(String(clock), /^FAIL: of Jenkins is 36\d\d seconds behind this machine's\. Set them/);
    assert.equal(code, 1);
  });

  it("tells that before Jenkins 2.129 there is one token per user", async () => {
    const { tokens, code } = await findings(loginOf(await start({ version: "2.72" }), "alice"));
    assert.match(String(tokens), /^note: have no names before Jenkins 2\.129\. .* `via: "legacy"`\.$/);
    assert.equal(code, 0);
  });

  it("tells an administrator by which way another user's tokens can be made, and what can't be told", async () => {
    const url = await start();
    const { tokens, code } = await findings(loginOf(url, "admin"), "--user", "bob");
    assert.match(
      String(tokens),
      /^ok: of bob can be made by admin with `via: "scriptConsole"`\. .* can't be told without trying/,
    );
    assert.equal(code, 0);
    assert.deepEqual([jenkins?.tokens("bob"), jenkins?.scripts.map(({ verb }) => verb)], [[], ["list"]]);
  });

  it("tells everybody else that they can't, and of nobody that there is no such user", async () => {
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

  it("ends with 1 at a wrong password, a Jenkins that isn't there, and settings that contradict each other", async () => {
    const url = await start();
    const wrongPassword = await findings({ ...loginOf(url, "alice"), JENKINS_PASSWORD: "not-it-at-all" });
    assert.match(
      String(wrongPassword["signed in"]),
      /^FAIL: .* does not accept the password of alice \(from: environment\)/,
    );
    assert.match(String(wrongPassword["Jenkins"]), /^ok/);
    assert.doesNotMatch(JSON.stringify(wrongPassword), /not-it-at-all/);
    const nowhere = await findings(loginOf("http://127.0.0.1:1", "alice"));
    assert.match(String(nowhere["Jenkins"]), /^FAIL: .*: the connection was refused\. Is Jenkins running/);
    const both = await findings({ ...loginOf(url, "alice"), JENKINS_API_TOKEN: "x" });
    assert.match(String(both["settings"]), /^FAIL: the environment names both an API token and a password/);
    const none = await findings({});
    assert.match(String(none["settings"]), /^FAIL: a login is missing\. Set JENKINS_USER_ID/);
    assert.deepEqual(
      [wrongPassword, nowhere, both, none].map(({ code }) => code),
      [1, 1, 1, 1],
    );
  });

  it("tells the proxy on the way without its login, and that TLS is trusted by JENKINS_CA_CERT or not at all", async () => {
    const server = createServer({ cert: certificate, key }, (_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const untrusted = await findings(loginOf(url, "alice"));
    assert.equal(untrusted["TLS"], "ok: trusting the authorities of Node.js");
    assert.match(String(untrusted["Jenkins"]), /^FAIL: .* not signed by an authority that this machine trusts/);
    const proxied = { HTTPS_PROXY: "http://who:hidden-secret@127.0.0.1:1", NO_PROXY: "localhost" };
    const trusted = await findings({ ...loginOf(url, "alice"), JENKINS_CA_CERT: certificate, ...proxied });
    assert.equal(trusted["TLS"], "ok: trusting JENKINS_CA_CERT");
    assert.equal(trusted["proxy"], "ok: 127.0.0.1:1, from HTTPS_PROXY, unless NO_PROXY excepts it: localhost");
    assert.match(String(trusted["Jenkins"]), /^FAIL: .* answered 404/);
    assert.doesNotMatch(JSON.stringify(trusted), /hidden-secret/);
    server.close();
  });
});
