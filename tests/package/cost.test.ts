import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "mocha";
import { type Jenkins, startJenkins, type UserOptions } from "../jenkins/server.ts";
import { unmarked } from "../support/front-door.ts";
import { type Host, PROVIDER, type Properties, startHost } from "../support/host.ts";
import { hold } from "../support/plugin-held.ts";

const TOKENS = 5;
const USERS: UserOptions[] = [
  { id: "admin", password: "admin-password", administrator: true },
  { id: "alice", password: "alice-password" },
];

describe("The requests and modules of a Pulumi process", function () {
  this.timeout("5m");
  let jenkins: Jenkins;
  let host: Host;

  afterEach(async () => {
    await host.end();
    await jenkins.close();
  });

  async function start(userId: string, by: "token" | "password", environment: Record<string, string> = {}) {
    jenkins = await startJenkins({ users: USERS, adminCanGenerateNewTokens: true });
    const login =
      by === "token"
        ? { JENKINS_API_TOKEN: jenkins.generate(userId, "login").tokenValue }
        : { JENKINS_PASSWORD: `${userId}-password` };
    host = await startHost({ JENKINS_URL: jenkins.url, JENKINS_USER_ID: userId, ...login, ...environment });
  }

  /** Acts on all things at once, like the engine. */
  function all<T, R>(things: T[], act: (thing: T) => Promise<R>): Promise<R[]> {
    return Promise.all(things.map(act));
  }

  /** Like `all`. Jenkins carries out the first change when the host has received all calls. */
  async function allAtOnce<T, R>(things: T[], change: string, act: (thing: T) => Promise<R>): Promise<R[]> {
    const changes = hold(jenkins, `/${change}`);
    const acting = all(things, act);
    await changes.arrived;
    // When the second reply is here, the host has replied to all checks, and has received the calls that follow them.
    for (let time = 1; time <= 2; time++) await host.check({}, { tokenName: "another", __provider: PROVIDER });
    changes.open();
    return await acting;
  }

  async function make(inputs: Properties): Promise<{ id: string; inputs: Properties; outs: Properties }> {
    const checked = await host.check({}, { ...inputs, __provider: PROVIDER });
    assert.deepEqual(checked.failures, []);
    return { inputs: checked.inputs, ...(await host.create(checked.inputs)) };
  }

  const autoNamed = (more: Properties = {}) =>
    Array.from({ length: TOKENS }, (_, index) => ({ autoName: `shop/dev/token-${index}`, ...more }));

  /** The requests since the last call. */
  function asked(): { posts: string[]; gets: string[] } {
    const of = (method: string) =>
      jenkins.log.filter((request) => request.method === method).map(({ path }) => path.replace(/\?.*/, ""));
    const posts = of("POST").map((path) => path.replace(/.*\//, ""));
    const requests = { posts: posts.filter((verb) => verb !== LOGIN_FORM), gets: of("GET") };
    jenkins.log.length = 0;
    return requests;
  }

  const times = (verb: string, count = TOKENS): string[] => Array.from({ length: count }, () => verb);

  const accounts = [
    { whose: "one's own tokens", userId: "alice", more: {} },
    { whose: "another user's tokens", userId: "admin", more: { user: "alice" } },
  ];
  for (const { whose, userId, more } of accounts) {
    for (const [by, mostGets] of [
      ["token", 3],
      ["password", 5],
    ] as const) {
      it(`are one POST per change and at most ${mostGets} GETs in total, for ${whose} by ${by}`, async () => {
        await start(userId, by);
        const gets: string[] = [];
        const posts = (): string[] => {
          const requests = asked();
          gets.push(...requests.gets);
          return requests.posts;
        };
        const tokens = await all(autoNamed(more), make);
        assert.deepEqual(posts(), times("generateNewToken"));
        await all(tokens, ({ id, outs, inputs }) => host.diff(id, outs, inputs));
        assert.deepEqual(posts(), []);
        await all(tokens, ({ id, outs }) => host.read(id, outs));
        assert.deepEqual(posts(), []);
        await all(tokens, ({ id, outs, inputs }) =>
          host.update(id, outs, { ...inputs, tokenName: `${outs["tokenName"]} renamed` }),
        );
        assert.deepEqual(posts(), times("rename"));
        await all(tokens, ({ id, outs }) => host.delete(id, outs));
        assert.deepEqual(posts(), times("revoke"));
        assert.ok(gets.length <= mostGets, gets.join("\n"));
      });
    }
  }

  for (const { whose, userId, more } of accounts) {
    it(`are one POST per change, and one page for all simultaneous changes without a proof, for ${whose}`, async () => {
      await start(userId, "token");
      jenkins.passBack = unmarked;
      const pages = () => {
        const { posts, gets } = asked();
        return { posts, pages: gets.filter((path) => path.endsWith("/security/")).length };
      };
      const tokens = await allAtOnce(autoNamed(more), "generateNewToken", make);
      assert.deepEqual(pages(), { posts: times("generateNewToken"), pages: 1 });
      const renamed = await allAtOnce(tokens, "rename", ({ id, outs, inputs }) =>
        host.update(id, outs, { ...inputs, tokenName: `${outs["tokenName"]} renamed` }),
      );
      assert.deepEqual(pages(), { posts: times("rename"), pages: 1 });
      await allAtOnce(renamed, "revoke", (outs) => host.delete(String(outs["tokenUuid"]), outs));
      assert.deepEqual(pages(), { posts: times("revoke"), pages: 1 });
    });
  }

  it("are two POSTs for a token with a declared name", async () => {
    await start("alice", "token");
    await all(
      autoNamed().map((_, index) => ({ tokenName: `ci-${index}` })),
      make,
    );
    assert.deepEqual(sorted(asked().posts), [...times("generateNewToken"), ...times("rename")]);
  });

  it("are one page to read all tokens of a user", async () => {
    await start("alice", "token");
    const tokens = await all(autoNamed(), make);
    asked();
    await all(tokens, ({ id, outs }) => host.read(id, outs));
    assert.deepEqual(asked().gets, ["/me/security/"]);
  });

  it("include a module only when an operation needs it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pulumi-jenkins-cost-"));
    const report = join(folder, "loaded.cjs");
    writeFileSync(report, REPORT);
    try {
      await start("admin", "password", { NODE_OPTIONS: `--require ${report}` });
      const { inputs } = await host.check({}, { autoName: "shop/dev/ci", __provider: PROVIDER });
      assert.deepEqual(
        (await host.diff("a", { ...inputs, ...STATE, jenkinsUrl: jenkins.url }, inputs)).changes,
        "none",
      );
      assert.deepEqual(loadedSince(), []);
      const { id, outs } = await host.create(inputs);
      assert.deepEqual(loadedSince(), ["htmlparser2", "tough-cookie", "undici"]);
      await host.update(id, outs, { ...inputs, via: "scriptConsole", tokenName: "renamed" });
      assert.deepEqual(loadedSince(), ["script-console.js"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  const seen = new Set<string>();

  /** The modules loaded since the last call, out of those that check and diff must not load. */
  function loadedSince(): string[] {
    const lines = [...host.printed.matchAll(/^loaded (.*)$/gm)].map(([, url = ""]) => url);
    const found = lines.flatMap((url) =>
      HEAVY.filter((part) => url.includes(`/node_modules/${part}/`) || url.endsWith(`/dist/provider/jenkins/${part}`)),
    );
    const fresh = [...new Set(found)].filter((part) => !seen.has(part));
    for (const part of fresh) seen.add(part);
    return sorted(fresh);
  }
});

function sorted(texts: string[]): string[] {
  return texts.sort((one, other) => one.localeCompare(other));
}

/** The request that begins a session with a password. */
const LOGIN_FORM = "j_spring_security_check";

const HEAVY = ["undici", "tough-cookie", "htmlparser2", "zod", "script-console.js"];

/** A module that prints the URL of each module that Node.js loads afterwards. */
const REPORT = `const { registerHooks } = require("node:module");
registerHooks({ load: (url, context, next) => (console.error("loaded " + url), next(url, context)) });
`;

const STATE = {
  tokenName: "shop/dev/ci-0badcafe",
  defaultName: "shop/dev/ci-0badcafe",
  tokenUuid: "1f1b8e0e-7f1c-4b1e-9d3b-4f6d9c1a2b3c",
  tokenValue: `11${"0".repeat(32)}`,
  userId: "admin",
};
