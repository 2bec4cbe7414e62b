import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Around, command, loginOf } from "../support/command.ts";

const DYNAMIC = "pulumi-nodejs:dynamic/jenkins:ApiToken";
const NATIVE = "jenkins:index:ApiToken";
const HEX = "0123456789abcdef";

describe("pulumi-jenkins list", () => {
  let jenkins: Jenkins;
  let folder: string;

  beforeEach(async () => {
    jenkins = await startJenkins();
    folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-command-"));
  });

  afterEach(async () => {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  });

  function make(
    userId: string,
    tokenName: string,
    createdDaysAgo = 0,
    usedDaysAgo?: number,
    expiresOn?: string,
  ): string {
    const { tokenUuid } = jenkins.generate(userId, tokenName, expiresOn);
    // Never at a whole second, which Java writes without its thousandths.
    const ago = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - 1 - days * 86_400_000);
    const token = jenkins.tokens(userId).find((one) => one.tokenUuid === tokenUuid);
    if (token) token.createdAt = ago(createdDaysAgo);
    if (usedDaysAgo !== undefined) jenkins.use(userId, tokenUuid, 5, ago(usedDaysAgo));
    return tokenUuid;
  }

  const as = (id: string, around: Around = {}): Around => ({ environment: loginOf(jenkins.url, id), ...around });

  async function listed(around: Around, ...args: string[]): Promise<Record<string, unknown>[]> {
    const { code, said, aside } = await command(["list", "--json", ...args], around);
    assert.equal(code, 0, aside);
    const { jenkinsUrl, tokens, ...rest } = JSON.parse(said);
    assert.deepEqual([jenkinsUrl, rest], [jenkins.url, {}]);
    return tokens;
  }

  const names = (tokens: Record<string, unknown>[]) => tokens.map(({ tokenName }) => tokenName);

  it("shows no control character of a name or an id, to people or to programs", async () => {
    const bad = "a\u001b]0;x\u0007\u009b31m\u202e\u200b\u2028\u00adz";
    const users = [
      { id: "admin", password: "admin-password", administrator: true },
      { id: bad, password: "p" },
    ];
    await jenkins.close();
    jenkins = await startJenkins({ users });
    const tokenUuid = make(bad, bad);
    const shown = "a\\u001b]0;x\\u0007\\u009b31m\\u202e\\u200b\\u2028\\u00adz";
    const listedToo = [];
    for (const args of [
      ["list"],
      ["list", "--json"],
      ["revoke", tokenUuid, "--dry-run"],
      ["doctor"],
      ["revoke", "x", "--yes"],
    ]) {
      const line = [...args, "--user", bad, ...(args[0] === "list" ? ["--via", "scriptConsole"] : [])];
      const { said, aside } = await command(line, as("admin"));
      assert.doesNotMatch((said + aside).replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      listedToo.push((said + aside).includes(shown));
    }
    assert.deepEqual(listedToo, [true, true, true, true, true]);
    const { said } = await command(["list", "--json", "--user", bad, "--via", "scriptConsole"], as("admin"));
    const [{ userId, tokenName } = {}] = JSON.parse(said).tokens;
    assert.deepEqual([userId, tokenName], [bad, bad]);
  });

  it("shows a user whose password is the id, and the words of its own that a password is, but masks it in a name", async () => {
    await jenkins.close();
    jenkins = await startJenkins({
      users: [
        { id: "tokens", password: "tokens" },
        { id: "of", password: "JENKINS_URL" },
      ],
    });
    make("tokens", "tokens");
    make("of", "my JENKINS_URL");
    const environment = { ...loginOf(jenkins.url, "tokens"), JENKINS_PASSWORD: "tokens" };
    const same = await command(["list"], { environment });
    assert.match(same.said, /^tokens +tokens .*\nTokens of tokens on http\S+: 1 of 1\n$/m);
    assert.match(same.aside, /^The password is the same as the user name/);
    const word = { environment: { ...loginOf(jenkins.url, "of"), JENKINS_PASSWORD: "JENKINS_URL" } };
    assert.match((await command(["list"], word)).said, /^of +my \[secret\] /m);
    assert.match((await command(["list", "--json"], word)).said, /"tokenName": "my \[secret\]"/);
    assert.match((await command(["doctor"], word)).said, /^ok +url +\S+, from JENKINS_URL$/m);
    assert.match((await command(["doctor", "--json"], word)).said, /from JENKINS_URL"/);
  });

  it("shows the ids of users, even where the password of the one who signs in is one of them", async () => {
    await jenkins.close();
    jenkins = await startJenkins({
      users: [{ id: "admin", password: "robert", administrator: true }, { id: "robert" }],
    });
    make("robert", "ci");
    const environment = { ...loginOf(jenkins.url, "admin"), JENKINS_PASSWORD: "robert" };
    assert.match((await command(["list", "--all-users"], { environment })).said, /^robert +ci /m);
    assert.match((await command(["list", "--all-users", "--json"], { environment })).said, /"userId": "robert"/);
  });

  it("shows one's own tokens as their page does", async () => {
    const used = make("alice", "used", 9, 2, "2040-01-01");
    const ended = make("alice", "ended", 9, undefined, "2020-01-01");
    assert.deepEqual(await command(["list"], as("alice")), {
      code: 0,
      aside: "",
      said: `USER   NAME   UUID                                  CREATED  LAST USED  USES  EXPIRES     REMARKS
alice  ended  ${ended}  ?        never      0     expired
alice  used   ${used}  ?        ?          5     2040-01-01
Tokens of alice on ${jenkins.url}: 2 of 2
`,
    });
    const own = { userId: "alice", isLegacy: false };
    assert.deepEqual(await listed(as("alice")), [
      { ...own, tokenUuid: ended, tokenName: "ended", isExpired: true, useCount: 0 },
      { ...own, tokenUuid: used, tokenName: "used", isExpired: false, useCount: 5, expiresOn: "2040-01-01" },
    ]);
    assert.deepEqual(names(await listed(as("alice"), "--expired")), ["ended"]);
  });

  it("shows an administrator another user's, with exact times by the script console", async () => {
    make("bob", "ci", 9, 2);
    const [{ createdAt, lastUsedAt } = {}] = await listed(as("admin"), "--user", "bob");
    const [exact] = await listed(as("admin"), "--user", "bob", "--via", "scriptConsole");
    const { createdAt: at, lastUsed } = jenkins.tokens("bob")[0] ?? {};
    assert.deepEqual([createdAt, lastUsedAt], [undefined, undefined]);
    assert.deepEqual([exact?.["createdAt"], exact?.["lastUsedAt"]], [at?.toISOString(), lastUsed?.toISOString()]);
  });

  it("shows all users' tokens, and which of them nobody used, to an administrator alone", async () => {
    for (const [id, days] of Object.entries({ admin: 1, alice: 100, bob: 400 })) make(id, `of ${id}`, days);
    assert.deepEqual(names(await listed(as("admin"), "--all-users")), ["of admin", "of alice", "of bob"]);
    assert.deepEqual(names(await listed(as("admin"), "--all-users", "--unused-for", "90d")), ["of alice", "of bob"]);
    assert.deepEqual(names(await listed(as("admin"), "--user", "bob", "--unused-for", "90d")), ["of bob"]);
    for (const args of [["--all-users"], ["--unused-for", "90d"]]) {
      const { code, said, aside } = await command(["list", ...args], as("alice"));
      assert.deepEqual([code, said], [1, ""]);
      assert.match(
        aside,
        /failed: POST .*\/scriptText answered 403: .* only administrators may use the script console/,
      );
    }
  });

  it("tells beside its output how far it is with many users, and leaves programs one document", async () => {
    for (let count = 0; count < 118; count++) jenkins.addUser({ id: `user${count}` });
    make("user117", "of the last one");
    const { said, aside } = await command(["list", "--all-users", "--json"], as("admin"));
    assert.equal(aside, "50 of 121 users ...\n100 of 121 users ...\n");
    assert.deepEqual(names(JSON.parse(said).tokens), ["of the last one"]);
  });

  it("says so where Jenkins doesn't count uses, for then nothing is known to be unused", async () => {
    await jenkins.close();
    jenkins = await startJenkins({ usageStatisticsEnabled: false });
    make("bob", "ci", 400);
    const { code, said, aside } = await command(["list", "--user", "bob", "--unused-for", "90d"], as("admin"));
    assert.deepEqual([code, said], [0, `Tokens of bob on ${jenkins.url}: 0 of 1\n`]);
    assert.match(
      aside,
      /^Jenkins does not count uses, so no token is known to be unused: switch on its usage statistics\.\n$/,
    );
  });

  it("writes nothing that a terminal obeys, and no secret that somebody has put into a name", async () => {
    const secret = `11${"ab".repeat(16)}`;
    make("alice", `red\u001b[31m\n\u202e ${secret} alice-password`);
    make("alice", "x".repeat(5_000));
    const { said } = await command(["list"], as("alice"));
    assert.match(said, /red\\u001b\[31m\\u000a\\u202e \[secret\] \[secret\] /);
    assert.ok(said.split("\n").every((line) => line.length < 250));
    const json = await command(["list", "--json"], as("alice"));
    for (const output of [said, json.said]) assert.doesNotMatch(output, new RegExp(`${secret}|alice-password`));
    assert.equal(JSON.parse(json.said).tokens.length, 2);
  });

  it("ends with 1 where the password is wrong or Jenkins isn't there, and says so beside its output", async () => {
    const wrong = { ...loginOf(jenkins.url, "alice"), JENKINS_PASSWORD: "not-it-at-all" };
    const refused = await command(["list", "--json"], { environment: wrong });
    assert.match(refused.aside, /^Signing in to Jenkins as alice failed: .* does not accept the password of alice/);
    const nowhere = await command(["list", "--json"], { environment: loginOf("http://127.0.0.1:1", "alice") });
    assert.match(nowhere.aside, /the connection was refused/);
    for (const { code, said } of [refused, nowhere]) assert.deepEqual([code, said], [1, ""]);
  });

  describe("--stack", () => {
    let around: Around;

    /** The state that `pulumi stack export --stack` prints of these resources, to which all else is an error. */
    function play(resources: object[], stack = "dev"): void {
      const stackUrn = `urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev`;
      const all =
        resources.length > 0 ? [{ urn: stackUrn, type: "pulumi:pulumi:Stack", custom: false }, ...resources] : [];
      writeFileSync(
        join(folder, "state.json"),
        JSON.stringify({ version: 3, deployment: { manifest: {}, resources: all } }),
      );
      const is = `[ "$*" = "stack export --stack ${stack}" ]`;
      const otherwise = `{ echo "error: no stack named '$4' found" >&2; exit 255; }`;
      writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${is} && exec cat state.json\n${otherwise}\n`, { mode: 0o755 });
      around = { folder, programs: folder };
    }

    function resource(name: string, id: string, outputs: object, type = DYNAMIC) {
      const urn = `urn:pulumi:dev::shop::our:Component$${type}::${name}`;
      return { urn, type, id, inputs: {}, outputs: { userId: "alice", jenkinsUrl: jenkins.url, ...outputs } };
    }

    async function marks(...args: string[]): Promise<unknown[][]> {
      const tokens = await listed(as("alice", around), ...args, "--stack", "dev");
      return tokens.map(({ tokenName, resource, mayBeOf, isLeftover }) => {
        return [tokenName, resource ?? (mayBeOf ? `perhaps of ${mayBeOf}` : isLeftover && "LEFT OVER")];
      });
    }

    it("shows the resource of each token that the state knows, by uuid and Jenkins, whichever class has made it", async () => {
      const [a, b, c] = ["a", "b", "c"].map((name) => make("alice", name)) as [string, string, string];
      play([
        resource("ci", a, { tokenName: "a" }),
        resource("deploy::it", b, { tokenName: "renamed by hand" }, NATIVE),
        resource("elsewhere", c, { tokenName: "c", jenkinsUrl: "https://other.example.com" }),
        { ...resource("other", c, {}), type: "random:index/randomId:RandomId" },
      ]);
      assert.deepEqual(await marks(), [
        ["a", "ci"],
        ["b", "deploy::it"],
        ["c", false],
      ]);
      const { said } = await command(["list", "--stack", "dev"], as("alice", around));
      assert.match(said, /^alice {2}a .* resource ci$/m);
    });

    it("shows what is named for the stack and not in its state as left over, and nothing else", async () => {
      const known = make("alice", "shop/dev/ci-00000000");
      play([
        resource("ci", known, { tokenName: "shop/dev/ci-00000000" }),
        resource("named", "gone", { tokenName: "deploy" }),
        resource("of bob", "bobs", { tokenName: "bobs", userId: "bob" }),
        resource("pending", `pending-${HEX}`, {
          tokenName: "tried",
          pending: { name: `tried (pulumi ${HEX})`, startedAt: "2026-01-01T00:00:00Z" },
        }),
      ]);
      const leftovers = [
        "shop/dev/ci-0a1b2c3d",
        "shop/dev/gone from the program/x-0a1b2c3d",
        `shop/dev/ci-00000000 (pulumi ${HEX})`,
        `deploy (pulumi ${HEX})`,
        `tried (pulumi ${HEX.replace("0", "f")})`,
      ];
      const others = [
        "shop/prod/ci-0a1b2c3d",
        "shop/dev/ci",
        "shop/dev/ci-0A1B2C3D",
        "shop/dev/-0a1b2c3d ",
        "my shop/dev/ci-0a1b2c3d",
        "deploy",
        "deploy (pulumi 0123)",
        `other (pulumi ${HEX})`,
        `bobs (pulumi ${HEX})`,
        "by hand",
      ];
      for (const name of [...leftovers, ...others, `tried (pulumi ${HEX})`]) make("alice", name);
      const marked = await marks();
      const left = marked.filter(([, mark]) => mark === "LEFT OVER").map(([name]) => name);
      assert.deepEqual(new Set(left), new Set(leftovers));
      const ofResources = marked.filter(([, mark]) => mark && mark !== "LEFT OVER");
      assert.deepEqual(
        new Map(ofResources as [string, string][]),
        new Map([
          ["shop/dev/ci-00000000", "ci"],
          [`tried (pulumi ${HEX})`, "pending"],
        ]),
      );
      const { said } = await command(["list", "--stack", "dev"], as("alice", around));
      assert.equal(said.match(/LEFT OVER$/gm)?.length, leftovers.length);
    });

    it("can't tell which tokens a rotating one has, as the state hides them, and so says perhaps", async () => {
      const hidden = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "..." };
      const rotating = (name: string, type: string, outputs: object) => {
        const more = { current: hidden, previous: hidden, unrevoked: [], pending: [], ...outputs };
        return resource(name, `rotating-${HEX}`, more, type);
      };
      const before = make("alice", "unrevoked-0a1b2c3d");
      play([
        rotating("nightly", "pulumi-nodejs:dynamic/jenkins:RotatingApiToken", { tokenName: "shop/dev/nightly" }),
        rotating("named", "jenkins:index:RotatingApiToken", {
          tokenName: "deploy",
          unrevoked: [before],
          pending: [{ name: "deploy-11111111", startedAt: "2026-01-01T00:00:00Z" }],
        }),
      ]);
      const expected = {
        "unrevoked-0a1b2c3d": "named",
        "deploy-11111111": "named",
        "deploy-0a1b2c3d": "perhaps of named",
        "shop/dev/named-0a1b2c3d": "perhaps of named", // Its name before a tokenName was given to it.
        "shop/dev/nightly-0a1b2c3d": "perhaps of nightly",
        [`shop/dev/nightly-0a1b2c3d (pulumi ${HEX})`]: "perhaps of nightly",
        "shop/dev/night-0a1b2c3d": "LEFT OVER",
        deploy: false,
      };
      for (const name of Object.keys(expected).slice(1)) make("alice", name);
      assert.deepEqual(Object.fromEntries(await marks()), expected);
      const { said } = await command(["list", "--stack", "dev"], as("alice", around));
      assert.match(said, /^alice {2}shop\/dev\/nightly-0a1b2c3d .* perhaps of nightly$/m);
    });

    it("calls nothing left over that may be what is encrypted in the state", async () => {
      const hidden = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "..." };
      const known = make("alice", "shop/dev/ci-00000000");
      make("alice", "shop/dev/other-0a1b2c3d");
      const rotating = { tokenName: hidden, current: hidden };
      play([
        resource("ci", known, { tokenName: hidden, jenkinsUrl: hidden, userId: hidden }),
        resource("nightly", `rotating-${HEX}`, rotating, "jenkins:index:RotatingApiToken"),
      ]);
      assert.deepEqual(await marks(), [
        ["shop/dev/ci-00000000", "ci"],
        ["shop/dev/other-0a1b2c3d", "perhaps of nightly"],
      ]);
    });

    it("knows the legacy token by its user", async () => {
      jenkins.changeLegacyToken("alice");
      jenkins.changeLegacyToken("bob");
      play([resource("old", "legacy:alice", { tokenName: "legacy" })]);
      assert.deepEqual(await marks(), [["Legacy Token", "old"]]);
      const tokens = await listed(as("bob", around), "--stack", "dev");
      assert.deepEqual(
        tokens.map(({ resource }) => resource),
        [undefined],
      );
    });

    it("takes the project's name of an empty stack from Pulumi.yaml, and looks for no leftovers where that isn't plain", async () => {
      make("alice", "shop/dev/ci-0a1b2c3d");
      play([]);
      assert.deepEqual(await marks(), [["shop/dev/ci-0a1b2c3d", false]]);
      for (const [yaml, mark] of [
        ["name: shop\nruntime: nodejs\n", "LEFT OVER"],
        ['runtime: nodejs\nname: "shop" # ours\n', "LEFT OVER"],
        ["name: sho\n", false],
        ["name: &shop shop\n", false],
      ] as const) {
        writeFileSync(join(folder, "Pulumi.yaml"), yaml);
        assert.deepEqual(await marks(), [["shop/dev/ci-0a1b2c3d", mark]], yaml);
      }
      play([], "acme/shop/dev");
      writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\n");
      const [token] = await listed(as("alice", around), "--stack", "acme/shop/dev");
      assert.equal(token?.["isLeftover"], true);
    });

    it("ends with 1, in Pulumi's words, where the state can't be read, and asks Jenkins nothing", async () => {
      play([]);
      const { code, said, aside } = await command(["list", "--stack", "prod"], as("alice", around));
      assert.deepEqual([code, said, jenkins.log.length], [1, "", 0]);
      const why = "error: no stack named 'prod' found";
      const remedy = "Run this in the folder of the Pulumi project, with the Pulumi CLI on the PATH.";
      assert.equal(aside, `Reading the state of stack prod is not possible: ${why}. ${remedy}\n`);
      const environment = { ...loginOf(jenkins.url, "alice"), PATH: folder };
      rmSync(join(folder, "pulumi"));
      const without = await command(["list", "--stack", "dev"], { environment, folder });
      assert.match(without.aside, /: there is no `pulumi` on the PATH\. Run this in the folder/);
      writeFileSync(join(folder, "pulumi"), "#!/bin/sh\necho {}\n", { mode: 0o755 });
      const strange = await command(["list", "--stack", "dev"], as("alice", around));
      assert.match(strange.aside, /: it is not what Pulumi writes\./);
      assert.deepEqual([without.code, strange.code], [1, 1]);
    });
  });
});
