import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { takeDown } from "../support/held-port.ts";
import { startNginx } from "./nginx.ts";
import { behind, needs } from "./program.ts";

const PROPERTY = "descriptorByName/jenkins.security.ApiTokenProperty";
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const CSP = "content-security-policy-report-only";
const PAGE = ["set-cookie", "x-frame-options", "x-hudson", "x-jenkins"];

/** The headers that distinguish a reply of Jenkins from a reply of a front door. All replies also have nosniff. */
const TELLING = [CSP, ...PAGE, "www-authenticate"];

interface Asked {
  path: string;
  form?: Record<string, string>;
  secret?: string;
}

/** The requests, with alice's API token. */
function requests(tokenUuid: string, page: string): Record<string, Asked> {
  const alice = `/user/alice/${PROPERTY}`;
  return {
    generate: { path: `${alice}/generateNewToken`, form: { newTokenName: "second" } },
    whoAmI: { path: "/whoAmI/api/json" },
    rename: { path: `${alice}/rename`, form: { tokenUuid, newName: "renamed" } },
    "rename of an unknown uuid": { path: `${alice}/rename`, form: { tokenUuid: UNKNOWN, newName: "renamed" } },
    "revoke of an unknown uuid": { path: `${alice}/revoke`, form: { tokenUuid: UNKNOWN } },
    page: { path: page },
    "a user who is not there": { path: "/user/nobody/api/json" },
    "generate for another user": { path: `/user/bob/${PROPERTY}/generateNewToken`, form: { newTokenName: "third" } },
    "wrong login": { path: "/whoAmI/api/json", secret: "wrong" },
    revoke: { path: `${alice}/revoke`, form: { tokenUuid } },
  };
}

/** The statuses and distinguishing headers of a real Jenkins behind a real nginx 1.22.1, recorded on 2026-11-28. */
const recorded: Record<string, { page: string; replies: Record<string, [status: number, ...telling: string[]]> }> = {
  "2.249.3": {
    page: "/user/alice/configure",
    replies: {
      generate: [200],
      whoAmI: [200, "x-frame-options", "x-jenkins"],
      rename: [200],
      "rename of an unknown uuid": [200],
      "revoke of an unknown uuid": [200],
      page: [200, ...PAGE],
      "a user who is not there": [404],
      "generate for another user": [403],
      "wrong login": [401, "www-authenticate"],
      revoke: [200],
    },
  },
  "2.568.1": {
    page: "/user/alice/security/",
    replies: {
      generate: [200, CSP],
      whoAmI: [200, CSP, "x-frame-options", "x-jenkins"],
      rename: [200, CSP],
      "rename of an unknown uuid": [200, CSP],
      "revoke of an unknown uuid": [200, CSP],
      page: [200, CSP, ...PAGE],
      "a user who is not there": [404, CSP, ...PAGE],
      "generate for another user": [403, CSP],
      "wrong login": [401, "set-cookie", "www-authenticate"],
      revoke: [200, CSP],
    },
  },
};

async function ask(origin: string, { path, form, secret }: Asked, tokenValue: string): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`alice:${secret ?? tokenValue}`).toString("base64")}`;
  const sent = form ? { method: "POST", body: new URLSearchParams(form) } : {};
  const reply = await fetch(origin + path, { ...sent, headers: { authorization } });
  await reply.arrayBuffer();
  return reply;
}

describe("The simulated Jenkins behind a real nginx", () => {
  needs("nginx");

  for (const [version, { page, replies }] of Object.entries(recorded)) {
    it(`returns the same statuses and headers as a real Jenkins ${version}`, async () => {
      await behind(startNginx, { version }, async (jenkins, { origin }) => {
        const { tokenUuid, tokenValue } = jenkins.generate("alice", "first");
        const found: typeof replies = {};
        for (const [what, asked] of Object.entries(requests(tokenUuid, page))) {
          const { status, headers } = await ask(origin, asked, tokenValue);
          found[what] = [status, ...TELLING.filter((name) => headers.has(name))];
          assert.match(headers.get("server") ?? "", /^nginx/, what);
          assert.equal(headers.get("x-content-type-options"), "nosniff", what);
        }
        assert.deepEqual(found, replies);
      });
    });
  }

  it("returns nginx's own 502 without headers of Jenkins while Jenkins is down", async () => {
    await behind(startNginx, {}, async (jenkins, { origin }) => {
      await takeDown(jenkins);
      const { status, headers } = await fetch(`${origin}/whoAmI/api/json`);
      assert.equal(status, 502);
      assert.match(headers.get("server") ?? "", /^nginx/);
      assert.deepEqual(
        [...TELLING, "x-content-type-options"].filter((name) => headers.has(name)),
        [],
      );
    });
  });
});
