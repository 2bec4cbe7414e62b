import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { Engine } from "../../scripts/acceptance/engine.ts";
import type { Jenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { contextOf } from "../support/front-door.ts";
import { takeDown } from "../support/held-port.ts";
import { newProcess } from "../support/process.ts";
import { startApache } from "./apache.ts";
import { startHaproxy } from "./haproxy.ts";
import { API_PASSES, startOauth2Proxy } from "./oauth2-proxy.ts";
import { behind, type FrontDoor, needs, type Program } from "./program.ts";
import { startReverseSquid } from "./squid.ts";

interface Refusal {
  what: string;
  open: (jenkins: Jenkins) => Promise<FrontDoor>;
  /** The end of the error message of a create, from the status on. */
  says: string;
  /** The front door refuses the request that creates the token, not the first request. */
  at?: "generate";
  /** The failure of Jenkins behind the front door. */
  given?: "down" | "hanging up" | "slow";
}

const NOT = "Jenkins did not write this answer:";
const known = (door: string) => `Is Jenkins running, and does ${door} know its address?`;
const letThrough =
  "Have it let API clients through to Jenkins, or name the headers that it wants with `connection.headers`.";
const headers = "If it wants headers of its own, name them with `connection.headers`.";
const denyPost = `<LocationMatch "/generateNewToken$">
    <LimitExcept GET>
      Require all denied
    </LimitExcept>
  </LocationMatch>`;
const basicAuth = (realm: string) => ({
  rules: `<Location "/">
    AuthType Basic
    AuthName "${realm}"
    AuthUserFile logins
    Require valid-user
  </Location>`,
  files: { logins: "joe:{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=\n" },
});
const hides = ", or hides a refusal of Jenkins with ProxyErrorOverride";

const apache: Refusal[] = [
  ...["Jenkins", "Staff only"].map((realm) => ({
    what: `its 401, of a login of its own with the realm "${realm}"`,
    open: (jenkins: Jenkins) => startApache(jenkins, basicAuth(realm)),
    says: `401: Unauthorized. ${NOT} Apache httpd in front of it requires its own login${hides}. ${letThrough}`,
  })),
  {
    what: "its 403, of a rule about POST requests",
    open: (jenkins) => startApache(jenkins, { rules: denyPost }),
    at: "generate",
    says: `403: Forbidden. ${NOT} Apache httpd in front of it refuses the request${hides}. ${headers}`,
  },
  {
    what: "its 403 in Swedish",
    open: (jenkins) =>
      startApache(jenkins, {
        rules: `<Location "/whoAmI">
    Require all denied
  </Location>
  Header always set Content-Language sv
  ErrorDocument 403 "<title>&Aring;tkomst nekad!</title>"`,
      }),
    says: `403. ${NOT} Apache httpd in front of it refuses the request. ${headers}`,
  },
  {
    what: "its 413, of a body that is too large",
    open: (jenkins) =>
      startApache(jenkins, {
        rules: `RewriteEngine on\n  RewriteRule "/generateNewToken$" "-" [R=413,L]`,
      }),
    at: "generate",
    says: `413: Request Entity Too Large. ${NOT} Apache httpd in front of it refuses the request${hides}.`,
  },
  {
    what: "its 502, when Jenkins hangs up",
    open: (jenkins) => startApache(jenkins),
    given: "hanging up",
    says: `502: Proxy Error. ${NOT} Apache httpd in front of it got no usable answer from Jenkins. ${known("Apache httpd")}`,
  },
  {
    what: "its 503, when Jenkins is down",
    open: (jenkins) => startApache(jenkins),
    given: "down",
    says: `503: Service Unavailable. ${NOT} Apache httpd in front of it finds no server that is up. ${known("Apache httpd")}`,
  },
];

const haproxy: Refusal[] = [
  {
    what: `its 401, of a login of its own with the realm "Jenkins"`,
    open: (jenkins) =>
      startHaproxy(jenkins, {
        frontend: "http-request auth realm Jenkins unless { http_auth(people) }",
        sections: "userlist people\n    user joe insecure-password pass-of-joe",
      }),
    says: `401: Unauthorized You need a valid user and password to access this content. ${NOT} HAProxy in front of it requires its own login. ${letThrough}`,
  },
  {
    what: "its 403, of a rule about POST requests",
    open: (jenkins) =>
      startHaproxy(jenkins, { frontend: "http-request deny if METH_POST { path_end /generateNewToken }" }),
    at: "generate",
    says: `403: Forbidden Request forbidden by administrative rules. ${NOT} HAProxy in front of it refuses the request. ${headers}`,
  },
  {
    what: "its 429, of a limit for each client",
    open: (jenkins) =>
      startHaproxy(jenkins, {
        frontend: `stick-table type ip size 10 expire 60s store http_req_rate(60s)
    http-request track-sc0 src
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 0 }`,
      }),
    says: `429: Too Many Requests You have sent too many requests in a given amount of time. ${NOT} HAProxy in front of it limits how many requests it takes. Try again later.`,
  },
  {
    what: "its 502, when Jenkins hangs up",
    open: (jenkins) => startHaproxy(jenkins),
    given: "hanging up",
    says: `502: Bad Gateway The server returned an invalid or incomplete response. ${NOT} HAProxy in front of it got no usable answer from Jenkins. ${known("HAProxy")}`,
  },
  {
    what: "its 503, when Jenkins is down",
    open: (jenkins) => startHaproxy(jenkins, { backend: "timeout connect 100ms" }),
    given: "down",
    says: `503: Service Unavailable No server is available to handle this request. ${NOT} HAProxy in front of it finds no server that is up. ${known("HAProxy")}`,
  },
  {
    what: "its 504, when Jenkins takes too long",
    open: (jenkins) => startHaproxy(jenkins, { backend: "timeout server 100ms" }),
    given: "slow",
    says: `504: Gateway Time-out The server didn't respond in time. ${NOT} HAProxy in front of it waited too long for Jenkins. Look into Jenkins' own log, or have HAProxy wait longer.`,
  },
];

const oauth2Proxy: Refusal[] = [
  {
    what: "its 401, of nobody who has logged in",
    open: (jenkins) => startOauth2Proxy(jenkins),
    says: `401. ${NOT} oauth2-proxy in front of it requires its own login. ${letThrough}`,
  },
  {
    what: "its 401 to a change, where it lets reads through",
    open: (jenkins) => startOauth2Proxy(jenkins, "--skip-auth-route=GET=^/.*", "--skip-auth-strip-headers=false"),
    at: "generate",
    says: `401. ${NOT} oauth2-proxy in front of it requires its own login. ${letThrough}`,
  },
  {
    what: "its 502, when Jenkins is down",
    open: (jenkins) => startOauth2Proxy(jenkins, ...API_PASSES),
    given: "down",
    says: `502: Bad Gateway. ${NOT} oauth2-proxy in front of it got no usable answer from Jenkins. ${known("oauth2-proxy")}`,
  },
];

const squid: Refusal[] = [
  {
    what: "its 403, of a rule",
    open: (jenkins) => startReverseSquid(jenkins, "acl api urlpath_regex ^/whoAmI\nhttp_access deny api"),
    says: `403: ERR_ACCESS_DENIED. ${NOT} Squid in front of it refuses the request. ${headers}`,
  },
  {
    what: "its 503, when Jenkins is down",
    open: (jenkins) => startReverseSquid(jenkins),
    given: "down",
    says: `503: ERR_CONNECT_FAIL. ${NOT} Squid in front of it finds no server that is up. ${known("Squid")}`,
  },
];

const ONCE = { repeatMs: 0, waitForReadyMs: 0 };

/** Makes Jenkins fail as `given` says. */
async function fail(jenkins: Jenkins, given: Refusal["given"]): Promise<void> {
  if (given === "down") await takeDown(jenkins);
  if (given === "hanging up") jenkins.intercept = () => ({ kind: "drop", when: "after" });
  if (given === "slow") jenkins.intercept = () => ({ kind: "delay", when: "after", ms: 2_000 });
}

async function findings(environment: Record<string, string>): Promise<Record<string, string>> {
  const { said } = await command(["doctor", "--json"], { environment });
  const { findings } = JSON.parse(said) as { findings: { about: string; result: string; says: string }[] };
  return Object.fromEntries(findings.map(({ about, result, says }) => [about, `${result}: ${says}`]));
}

const doors: [door: string, program: Program, refusals: Refusal[]][] = [
  ["Apache httpd", "apache2", apache],
  ["HAProxy", "haproxy", haproxy],
  ["oauth2-proxy", "oauth2-proxy", oauth2Proxy],
  ["Squid", "squid", squid],
];

for (const [door, program, refusals] of doors) {
  describe(`The message of a refusal by ${door} says who refused and why`, () => {
    needs(program);

    beforeEach(newProcess);

    for (const { what, open, says, at, given } of refusals) {
      it(what, async () => {
        await behind(open, {}, async (jenkins, { origin }) => {
          await fail(jenkins, given);
          const context = contextOf(origin, "alice");
          const token = new Engine({ ...context, limits: { ...context.limits, ...ONCE } });
          await assert.rejects(token.up({ autoName: "project/stack/ci" }), ({ message }: Error) => {
            assert.ok(message.includes(` answered ${says}`), message);
            assert.doesNotMatch(message, /[<>\p{Cc}]|&\w+;|alice-password|does not accept/u);
            return true;
          });
          if (at === "generate") assert.deepEqual(jenkins.requests("POST", "generateNewToken"), []);
          else assert.equal(token.recorded, undefined);
        });
      });
    }

    const atOnce = refusals.find(({ at, given }) => !at && !given) as Refusal;
    it("and doctor names the front door", async () => {
      await behind(atOnce.open, {}, async (_, { origin }) => {
        const found = await findings(loginOf(origin, "alice"));
        assert.equal(found["front door"], `ok: ${door} is in front of Jenkins`);
        const failed = Object.values(found).filter((says) => says.startsWith("FAIL: "));
        assert.match(failed.join("\n"), new RegExp(`^FAIL: .*${NOT} ${door} in front of it .*$`));
      });
    });
  });
}

describe("oauth2-proxy that requires its own login from everybody", () => {
  needs("oauth2-proxy");

  for (const [what, option] of [
    ["a page to log in", "--skip-provider-button=false"],
    ["a redirect to the provider", "--skip-provider-button=true"],
  ] as const) {
    it(`is named by doctor, by ${what}, and its cookies are not shown`, async () => {
      await behind(
        (jenkins) => startOauth2Proxy(jenkins, option),
        {},
        async (jenkins, { origin }) => {
          const found = await findings(loginOf(origin, "alice"));
          assert.equal(found["front door"], "ok: oauth2-proxy is in front of Jenkins");
          assert.match(found["Jenkins"] ?? "", /^FAIL: .*oauth2-proxy in front of it requires its own login/);
          assert.doesNotMatch(JSON.stringify(found), /_oauth2_proxy|state=|alice-password/);
          assert.deepEqual(jenkins.log, []);
        },
      );
    });
  }
});
