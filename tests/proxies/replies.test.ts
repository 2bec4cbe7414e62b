import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { UnfinishedTokenError } from "../../provider/errors.ts";
import { Engine } from "../../scripts/acceptance/engine.ts";
import type { Interception } from "../jenkins/interception.ts";
import type { Jenkins } from "../jenkins/server.ts";
import { memory, newProcess } from "../support/process.ts";
import { quick } from "../support/quick.ts";
import { startNginx } from "./nginx.ts";
import { behind, needs } from "./program.ts";

const program = { autoName: "project/stack/ci" };

/** A resource of a user who logs in with a password, or with the given API token. */
function engine(url: string, id = "alice", JENKINS_API_TOKEN?: string): Engine {
  const secret = JENKINS_API_TOKEN ? { JENKINS_API_TOKEN } : { JENKINS_PASSWORD: `${id}-password` };
  const environment = { JENKINS_URL: url, JENKINS_USER_ID: id, ...secret };
  return new Engine({ config: undefined, memory: memory(), environment, limits: quick });
}

/** Lets the next operation belong to another run of Pulumi. */
function later(token: Engine, url: string, id = "alice"): Engine {
  newProcess();
  token.context = engine(url, id).context;
  return token;
}

/** The live tokens of alice that are not in the state, neither by their uuid nor by the name of a pending record. */
function unknownTokens(jenkins: Jenkins, { recorded, toDelete }: Engine): string[] {
  const known = [...(recorded ? [recorded] : []), ...toDelete].flatMap(({ id, outputs }) => {
    const { pending } = outputs as { pending?: { name: string } };
    return [id, pending?.name];
  });
  const unknown = jenkins
    .tokens("alice")
    .filter(({ tokenUuid, tokenName }) => !known.includes(tokenUuid) && !known.includes(tokenName));
  return unknown.map(({ tokenName }) => tokenName);
}

/** A token in the state of a stack that reaches Jenkins at `url`. It is created without the front door, which refuses that. */
async function recorded(jenkins: Jenkins, url: string): Promise<Engine> {
  const token = engine(jenkins.url);
  await token.up(program);
  token.outputs["jenkinsUrl"] = url;
  return token;
}

/** Applies `interception` to the first generate request. */
function intercept(jenkins: Jenkins, interception: Interception): void {
  const waiting = [interception];
  jenkins.intercept = ({ path }) => (path.endsWith("/generateNewToken") ? waiting.shift() : undefined);
}

/** nginx times out the first generate request while Jenkins still works on it, and answers with `errorPage` instead of a 504. */
function impatient(errorPage: string) {
  return (passOn: string) => `
        location = /sorry { return 200 "Sorry\\n"; }
        location ~ /generateNewToken$ {${passOn}
        proxy_read_timeout 500ms;
        proxy_next_upstream off;
        ${errorPage}
        }`;
}

const insteadOf504 = {
  "302 without a location": "error_page 504 =302 /sorry;",
  "302 to another page": "error_page 504 =302 https://portal.example.com/login;",
  "401": "error_page 504 =401 /sorry;",
  "403": "error_page 504 =403 /sorry;",
  "404": "error_page 504 =404 /sorry;",
  "504": "",
};

describe("A reply of nginx in the place of Jenkins", () => {
  needs("nginx");

  beforeEach(newProcess);

  for (const [what, errorPage] of Object.entries(insteadOf504)) {
    const open = (jenkins: Jenkins) => startNginx(jenkins, { server: impatient(errorPage) });

    it(`${what}, to a generate that Jenkins carries out later, leaves a record that destroy settles`, async () => {
      await behind(open, {}, async (jenkins, { origin }) => {
        let carryOut = () => {};
        const until = new Promise<void>((resolve) => {
          carryOut = resolve;
        });
        intercept(jenkins, { kind: "wait", until });
        const token = engine(origin);
        await assert.rejects(token.up(program), UnfinishedTokenError);
        assert.match(token.id, /^pending-[0-9a-f]{16}$/);
        carryOut();
        while (jenkins.tokens("alice").length === 0) await new Promise(setImmediate);
        assert.deepEqual(unknownTokens(jenkins, token), []);
        await later(token, origin).destroy();
        assert.deepEqual(jenkins.tokens("alice"), []);
      });
    });

    it(`${what}, to a generate that Jenkins has carried out, leaves no live token outside the state`, async () => {
      await behind(open, {}, async (jenkins, { origin }) => {
        intercept(jenkins, { kind: "delay", when: "after", ms: 2000 });
        const token = engine(origin);
        await token.up(program).catch((error) => assert.ok(error instanceof UnfinishedTokenError, error));
        assert.deepEqual(unknownTokens(jenkins, token), []);
        await later(token, origin).destroy();
        assert.deepEqual(jenkins.tokens("alice"), []);
      });
    });
  }

  for (const answer of ["302 https://portal.example.com/login", "403", "404"]) {
    it(`${answer}, to a generate that never reaches Jenkins, leaves a record, because the answer proves nothing`, async () => {
      const server = `location ~ /generateNewToken$ { return ${answer}; }`;
      await behind(
        (jenkins) => startNginx(jenkins, { server }),
        {},
        async (jenkins, { origin }) => {
          const token = engine(origin);
          await assert.rejects(token.up(program), UnfinishedTokenError);
          assert.match(token.id, /^pending-[0-9a-f]{16}$/);
          assert.deepEqual(jenkins.requests("POST", "generateNewToken"), []);
        },
      );
    });
  }

  for (const [status, refused] of [
    [403, "/user/"],
    [404, "/user/"],
    [404, "~ ^/(user|me)/"],
  ]) {
    const server = `location ${refused} { return ${status}; }`;
    const open = (jenkins: Jenkins) => startNginx(jenkins, { server });

    it(`${status} below ${refused}, to a refresh by an administrator, keeps the token in the state and fails`, async () => {
      await behind(open, {}, async (jenkins, { origin }) => {
        const token = later(await recorded(jenkins, origin), origin, "admin");
        await assert.rejects(token.refresh());
        assert.deepEqual(unknownTokens(jenkins, token), []);
        assert.equal(jenkins.tokens("alice").length, 1);
      });
    });

    for (const id of ["admin", "alice"]) {
      it(`${status} below ${refused}, to a destroy by ${id}, deletes no token from the state that still lives`, async () => {
        await behind(open, {}, async (jenkins, { origin }) => {
          const token = later(await recorded(jenkins, origin), origin, id);
          await token.destroy().catch(() => undefined);
          assert.deepEqual(unknownTokens(jenkins, token), []);
        });
      });
    }
  }
});

describe("nginx that caches the pages of Jenkins", () => {
  needs("nginx");

  beforeEach(newProcess);

  /** Caches for all users together, although Jenkins forbids caching. */
  const open = (jenkins: Jenkins) =>
    startNginx(jenkins, {
      http: "proxy_cache_path cache keys_zone=pages:1m;",
      server: `
        proxy_cache pages;
        proxy_cache_valid 200 404 10m;
        proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;`,
    });

  /** A resource of another run. It logs in with an API token, because a cached crumb fits no other session. */
  function another(jenkins: Jenkins, url: string, id = "alice"): Engine {
    newProcess();
    return engine(url, id, jenkins.generate(id, "login").tokenValue);
  }

  it("keeps a token in the state although the list from the cache does not contain it", async () => {
    await behind(open, {}, async (jenkins, { origin }) => {
      const first = another(jenkins, origin);
      await first.up(program);
      await first.refresh(); // The list with this token is in the cache now.
      const second = another(jenkins, origin);
      await second.up(program);
      await second.refresh().catch(() => undefined);
      assert.ok(second.recorded, "the token has left the state");
      assert.ok(jenkins.tokens("alice").some(({ tokenUuid }) => tokenUuid === second.id));
    });
  });

  it("does not hide the token of a generate request whose reply was lost", async () => {
    await behind(open, {}, async (jenkins, { origin }) => {
      const first = another(jenkins, origin);
      await first.up(program);
      await first.refresh();
      const second = another(jenkins, origin);
      const before = jenkins.tokens("alice").map(({ tokenName }) => tokenName);
      intercept(jenkins, { kind: "drop", when: "after" });
      await second.up(program).catch((error) => assert.ok(error instanceof UnfinishedTokenError, error));
      const unknown = unknownTokens(jenkins, second);
      assert.deepEqual(
        unknown.filter((name) => !before.includes(name)),
        [],
      );
    });
  });

  it("lets no user get a token of the user who logged in before", async () => {
    await behind(open, {}, async (jenkins, { origin }) => {
      const first = another(jenkins, origin, "admin");
      await first.up(program);
      await first.refresh(); // The cache now contains admin's identity and admin's list.
      const second = another(jenkins, origin);
      await second.up(program).catch(() => undefined);
      if (second.recorded) await second.refresh().catch(() => undefined);
      const unknown = unknownTokens(jenkins, second);
      assert.deepEqual(unknown, ["login"]);
    });
  });
});

describe("nginx that sends each client to one server by a cookie", () => {
  needs("nginx");

  beforeEach(newProcess);

  it("gets the cookie back from a login with an API token", async () => {
    const server = `add_header Set-Cookie "route=a; Path=/" always;`;
    await behind(
      (jenkins) => startNginx(jenkins, { server }),
      {},
      async (jenkins, { origin, accessLog }) => {
        const token = engine(origin, "alice", jenkins.generate("alice", "login").tokenValue);
        await token.up({ tokenName: "one" });
        await token.up({ tokenName: "two" });
        await token.destroy();
        const changes = (await accessLog(/ POST .*\/revoke/)).filter((line) => line.includes(" POST "));
        assert.equal(changes.length, 4); // Generated, renamed twice, revoked.
        assert.deepEqual(
          changes.filter((line) => !line.endsWith(" route=a")),
          [],
        );
      },
    );
  });
});

describe("nginx that requires its own login", () => {
  needs("nginx");

  beforeEach(newProcess);

  for (const secret of ["password", "API token"]) {
    it(`and refuses the ${secret} for Jenkins: the message blames neither the credentials for nginx nor those for Jenkins`, async () => {
      const open = (jenkins: Jenkins) =>
        startNginx(jenkins, {
          server: `auth_basic "The proxy"; auth_basic_user_file logins;`,
          files: { logins: "joe:{PLAIN}pass-of-joe\n" },
        });
      await behind(open, {}, async (jenkins, { origin }) => {
        const value = jenkins.generate("alice", "login").tokenValue;
        const token = engine(origin, "alice", secret === "password" ? undefined : value);
        await assert.rejects(token.up(program), ({ message }: Error) => {
          assert.match(message, /answered 401/);
          assert.doesNotMatch(message, /does not accept|wrong, revoked|set the right one/);
          return true;
        });
        assert.deepEqual(jenkins.log, []);
        assert.equal(token.recorded, undefined);
      });
    });
  }
});
