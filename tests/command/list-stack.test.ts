import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Around, command, listedBy, loginOf, made, type TokenOf } from "../support/command.ts";

const DYNAMIC = "pulumi-nodejs:dynamic/jenkins:ApiToken";
const NATIVE = "jenkins:index:ApiToken";
const HEX = "0123456789abcdef";

describe("pulumi-jenkins list --stack", () => {
  let jenkins: Jenkins;
  let folder: string;
  let around: Around;

  beforeEach(async () => {
    jenkins = await startJenkins();
    folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-command-"));
  });

  afterEach(async () => {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  });

  const make = (...token: TokenOf) => made(jenkins, ...token);
  const as = (id: string, more: Around = {}): Around => ({ environment: loginOf(jenkins.url, id), ...more });
  const listed = (by: Around, ...args: string[]) => listedBy(jenkins, by, ...args);

  /** Writes a `pulumi` that prints a state with these resources for `stack export --stack`, and fails for other commands. */
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

  it("shows the resource of each token in the state, by uuid, for both classes", async () => {
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
      ["c", "elsewhere"],
    ]);
    const { said } = await command(["list", "--stack", "dev"], as("alice", around));
    assert.match(said, /^alice {2}a .* resource ci$/m);
  });

  it("marks no token as left over because the state has another URL of this Jenkins", async () => {
    const tokens = ["ci-0a1b2c3d", "rotating-0a1b2c3e", "gone-0a1b2c3f"];
    const [known = ""] = tokens.map((name) => make("alice", `shop/dev/${name}`));
    const there = { jenkinsUrl: "https://alias.example.com" };
    play([
      resource("ci", known, { tokenName: "shop/dev/ci-0a1b2c3d", ...there }),
      resource("rotating", "r", { tokenName: "shop/dev/rotating", ...there }, "jenkins:index:RotatingApiToken"),
    ]);
    assert.deepEqual(await marks(), [
      ["shop/dev/ci-0a1b2c3d", "ci"],
      ["shop/dev/gone-0a1b2c3f", "LEFT OVER"],
      ["shop/dev/rotating-0a1b2c3e", "perhaps of rotating"],
    ]);
  });

  it("marks as left over only tokens with names of the stack that are not in its state", async () => {
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
    const filtered = await command(["list", "--stack", "dev", "--leftover", "--json"], as("alice", around));
    const chosen = JSON.parse(filtered.said).tokens.map(({ tokenName }: { tokenName: string }) => tokenName);
    assert.deepEqual(new Set(chosen), new Set(leftovers));
  });

  it("marks as left over, too, what a killed run of exec has left", async () => {
    play([resource("ci", make("alice", "ci"), { tokenName: "ci" })]);
    const ofExec = `pulumi-jenkins exec 2020-01-01T00:00:00Z host 1 00000000-${HEX}`;
    make("alice", ofExec);
    assert.deepEqual(await marks("--leftover"), [[ofExec, "LEFT OVER"]]);
  });

  it("says that the state can't be read if pulumi prints something else", async () => {
    play([]);
    writeFileSync(join(folder, "state.json"), "There is a new version of Pulumi.");
    const { code, aside } = await command(["list", "--stack", "dev"], as("alice", around));
    assert.equal(code, 1);
    assert.match(aside, /^Reading the state of stack dev is not possible: it is not in Pulumi's format\./);
  });

  it('shows "perhaps of" for tokens of a rotating token, because the state encrypts its uuids', async () => {
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
      "shop/dev/named-0a1b2c3d": "perhaps of named", // The default name, from before a tokenName was declared.
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

  it("shows which of a resource's two tokens the next pulumi up revokes", async () => {
    const [now, replaced, left] = ["now", "replaced", "left"].map((name) => make("alice", name)) as [
      string,
      string,
      string,
    ];
    play([
      { ...resource("ci", replaced, {}), delete: true },
      resource("ci", now, {}),
      resource("nightly", `rotating-${HEX}`, { unrevoked: [left] }, "jenkins:index:RotatingApiToken"),
    ]);
    const tokens = await listed(as("alice", around), "--stack", "dev");
    assert.deepEqual(
      tokens.map(({ tokenName, resource, isToBeRevoked }) => [tokenName, resource, isToBeRevoked]),
      [
        ["left", "nightly", true],
        ["now", "ci", undefined],
        ["replaced", "ci", true],
      ],
    );
    const { said } = await command(["list", "--stack", "dev"], as("alice", around));
    assert.match(said, /^alice {2}replaced .* resource ci, to be revoked by pulumi up$/m);
    assert.match(said, /^alice {2}now .* resource ci$/m);
  });

  it("shows the likely current and previous token of a rotating token, if creation times are known", async () => {
    const name = "shop/dev/nightly";
    play([resource("nightly", `rotating-${HEX}`, { tokenName: name }, "jenkins:index:RotatingApiToken")]);
    for (const [end, days] of [
      ["1", 1],
      ["2", 90],
      ["3", 30],
    ] as const)
      made(jenkins, "alice", `${name}-0000000${end}`, days);
    const login = { ...around, environment: loginOf(jenkins.url, "admin") };
    const args = ["list", "--user", "alice", "--stack", "dev"];
    const exact = await command([...args, "--via", "scriptConsole"], login);
    assert.equal(exact.aside, "");
    const remarks = exact.said.match(/perhaps .*/g);
    assert.deepEqual(
      remarks,
      ["current of nightly", "an old one of nightly", "previous of nightly"].map((is) => `perhaps ${is}`),
    );
    const { said, aside } = await command(args, login);
    assert.equal(said.match(/perhaps of nightly$/gm)?.length, 3);
    assert.match(aside, /^The page of a user .* unknown which one is current\. .* --via scriptConsole shows it\.\n$/);
  });

  it("marks no token as left over that may be in an encrypted part of the state", async () => {
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

  it("recognises a legacy token by its user", async () => {
    jenkins.changeLegacyToken("alice");
    jenkins.changeLegacyToken("bob");
    play([resource("old", "legacy:alice", { tokenName: "legacy" })]);
    assert.deepEqual(await marks(), [["Legacy Token", "old"]]);
    const [ofBob] = await listed(as("bob", around), "--stack", "dev");
    assert.equal(ofBob?.["resource"], undefined);
    play([resource("old", "legacy:alice", { tokenName: "legacy", jenkinsUrl: "https://alias.example.com" })]);
    assert.deepEqual(await marks(), [["Legacy Token", "perhaps of old"]]);
  });

  it("reads the project of an empty stack from Pulumi.yaml, and finds no leftovers without a plain name", async () => {
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
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\n");
    const isLeftoverOf = async (stack: string) => {
      play([], stack);
      const [token] = await listed(as("alice", around), "--stack", stack);
      return token?.["isLeftover"];
    };
    assert.deepEqual([await isLeftoverOf("acme/shop/dev"), await isLeftoverOf("acme/farm/dev")], [true, false]);
  });

  it("exits with 1 and Pulumi's error if the state cannot be read, and sends no request to Jenkins", async () => {
    play([]);
    const { code, said, aside } = await command(["list", "--stack", "prod"], as("alice", around));
    assert.deepEqual([code, said, jenkins.log.length], [1, "", 0]);
    const why = "error: no stack named 'prod' found";
    const remedy =
      "Run this with the Pulumi CLI on the PATH and in the folder of the project, or give the full name of the stack, organization/project/stack.";
    assert.equal(aside, `Reading the state of stack prod is not possible: ${why}. ${remedy}\n`);
    const environment = { ...loginOf(jenkins.url, "alice"), PATH: folder };
    rmSync(join(folder, "pulumi"));
    const without = await command(["list", "--stack", "dev"], { environment, folder });
    assert.match(without.aside, /: there is no `pulumi` on the PATH\. Run this with the Pulumi CLI/);
    writeFileSync(join(folder, "pulumi"), "#!/bin/sh\necho {}\n", { mode: 0o755 });
    const strange = await command(["list", "--stack", "dev"], as("alice", around));
    assert.match(strange.aside, /: it is not in Pulumi's format\./);
    assert.deepEqual([without.code, strange.code], [1, 1]);
  });
});
