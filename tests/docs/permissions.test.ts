import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { versions } from "../jenkins/profiles.ts";
import { ROOT, tableUnder } from "./blocks.ts";
import { type Granted, LOGIN, OTHER, type Secret, type Step, TASKS, Trial } from "./tasks.ts";
import { renew, USERS, USES, used } from "./uses.ts";

const PATH = "docs/permissions.md";
const document = { path: PATH, text: readFileSync(join(ROOT, PATH), "utf8") };
const rows = ["One's own tokens", "Tokens of other users"].flatMap((heading) => tableUnder(document, heading));

/** What Jenkins, or the command, says to a login that may not do something. */
const REFUSED =
  /answered 403|only administrators may use the script console|Capability to generate a legacy token .* is currently disabled/;

/** Settings of Jenkins that a row asks an administrator for. */
const SETTINGS: [words: RegExp, setting: Partial<Granted>][] = [
  [/`-Djenkins\.security\.ApiTokenProperty\.adminCanGenerateNewTokens=true`/, { adminCanGenerateNewTokens: true }],
  [/allow new legacy tokens/, { creationOfLegacyTokenEnabled: true }],
];

describe(PATH, () => {
  it("has a row for each task that these tests try", () => {
    assert.deepEqual(
      rows.map(([task]) => task),
      Object.keys(TASKS),
    );
  });

  for (const [task = "", needs = ""] of rows) {
    for (const [step, run] of Object.entries(TASKS[task] ?? {})) {
      for (const by of secretsFor(step)) {
        const attempt = (granted: Granted) => attempted(granted, by, run);

        it(`names what a login by ${by} needs to ${task} (${step})`, async () => {
          const all = grantedBy(needs);
          await attempt(all);
          for (const less of withLess(all)) {
            await assert.rejects(attempt(less), REFUSED, `Jenkins does not require it: ${JSON.stringify(less)}`);
          }
          const [, first] = /From Jenkins 2\.(\d+) on, an administrator also/.exec(needs) ?? [];
          for (const version of first === undefined ? [] : versions) {
            const without = attempt({ permission: all.permission, version });
            if (minorOf(version) < Number(first)) await without;
            else await assert.rejects(without, REFUSED, version);
          }
        });
      }
    }
  }

  for (const [use = "", login = ""] of tableUnder(document, "Which login to use for what")) {
    it(`names all logins that can be used for ${use}`, async () => {
      const run = USES[use];
      assert.ok(run, "no test tries it");
      const named = Object.keys(USERS).filter((words) => login.includes(words));
      const [, via] = /`via: "(\w+)"`/.exec(login) ?? [];
      for (const user of new Set(Object.values(USERS))) {
        const trial = used(run, user, via === undefined ? {} : { via });
        if (named.some((words) => USERS[words] === user)) await trial;
        else await assert.rejects(trial, isRefusedOrWrong, `${user} can be used, too`);
      }
    });
  }

  it("says that another login keeps the owner of a renewed token if `user` names the owner", async () => {
    assert.match(document.text, /the new tokens belong to that user, unless `user` names the owner/);
    const named = { user: "deploy-bot", via: "scriptConsole" };
    await used((jenkins, user) => renew(jenkins, user, named), "admin");
    assert.match(document.text, /Jenkins answers 403 to a login that may not create tokens of this user/);
    const { user: owner } = named;
    await assert.rejects(
      used((jenkins, user) => renew(jenkins, user, { user: owner }), "admin"),
      /answered 403/,
    );
  });

  it("says that doctor checks what a login may do, and changes nothing", async () => {
    const { own, other } = { own: ["doctor"], other: ["doctor", "--user", OTHER] };
    const examined = async (permission: Granted["permission"], args: string[]) => {
      await attempted({ permission }, "password", async (trial) => {
        await trial.command(args).finally(() => {
          assert.deepEqual([trial.names(LOGIN), trial.names(OTHER)], [[], []]);
        });
      });
    };
    await assert.rejects(examined("none", own), /lacks the permission Overall\/Read/);
    await examined("Overall/Read", own);
    await assert.rejects(examined("Overall/Read", other), /only administrators may use the script console/);
    await examined("Overall/Administer", other);
  });
});

/** Only one login tries a command, because each start of the command takes long. */
function secretsFor(step: string): Secret[] {
  return step.startsWith("pulumi-jenkins") ? ["API token"] : ["password", "API token"];
}

async function attempted(granted: Granted, by: Secret, run: Step): Promise<void> {
  const trial = await Trial.begin(granted, by);
  try {
    await run(trial);
  } finally {
    await trial.end();
  }
}

/** Jenkins refuses the login, or the token gets another owner than the service account. */
function isRefusedOrWrong(error: Error): boolean {
  return REFUSED.test(error.message) || error instanceof assert.AssertionError;
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

/** What a cell of the table asks for, on the newest Jenkins. */
function grantedBy(needs: string): Granted {
  const [permission, ...others] = needs.match(/Overall\/(?:Read|Administer)/g) ?? [];
  assert.ok(permission === "Overall/Read" || permission === "Overall/Administer", needs);
  assert.deepEqual(others, []);
  const settings = SETTINGS.filter(([words]) => words.test(needs)).map(([, setting]) => setting);
  return Object.assign({ permission }, ...settings);
}

/** The same without one of the grants. */
function withLess({ permission, ...settings }: Granted): Granted[] {
  const lower = permission === "Overall/Read" ? "none" : "Overall/Read";
  const without = Object.keys(settings).map((name) => ({ permission, ...settings, [name]: false }));
  return [{ ...settings, permission: lower }, ...without];
}
