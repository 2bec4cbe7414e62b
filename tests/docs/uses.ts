/** The uses of a login in docs/permissions.md, which one of three users tries on a simulated Jenkins. */
import assert from "node:assert/strict";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command, loginOf } from "../support/command.ts";
import { contextOf, later } from "../support/front-door.ts";
import { newProcess } from "../support/process.ts";

const ACCOUNT = "deploy-bot";
const ADMIN = "admin";

/** The users, by the words of the table. The last one is in no row. */
export const USERS: Record<string, string> = {
  "the service account itself": ACCOUNT,
  "the service account's password": ACCOUNT,
  "the same login as in the first run": ACCOUNT,
  "an administrator": ADMIN,
  "another service account": "bob",
};

type Use = (jenkins: Jenkins, user: string, more: Properties) => Promise<void>;

export const USES: Record<string, Use> = {
  "a stack with tokens of one service account": (jenkins, user) => create(jenkins, user, {}),
  "a stack that creates the service account's first token": (jenkins, user, { via }) => {
    return create(jenkins, user, user === ADMIN ? { user: ACCOUNT, ...(via !== undefined && { via }) } : {});
  },
  "a nightly `list --all-users`": async (jenkins, user) => {
    const { tokenUuid } = jenkins.generate(ACCOUNT, "ci");
    const { said } = await command(["list", "--all-users"], { environment: loginOf(jenkins.url, user) });
    assert.ok(said.includes(tokenUuid));
  },
  "a scheduled `pulumi up`": (jenkins, user) => renew(jenkins, user, {}),
};

/** Tries a use of a login. `more` are the inputs that the table names. */
export async function used(use: Use, user: string, more: Properties = {}): Promise<void> {
  newProcess();
  const users = [ACCOUNT, ADMIN, "bob"].map((id) => {
    return { id, password: `${id}-password`, administrator: id === ADMIN };
  });
  const jenkins = await startJenkins({ users });
  try {
    await use(jenkins, user, more);
  } finally {
    await jenkins.close();
  }
}

async function create(jenkins: Jenkins, user: string, inputs: Properties): Promise<void> {
  const engine = new Engine(contextOf(jenkins.url, user));
  await engine.up({ tokenName: "ci", ...inputs });
  assert.equal(engine.outputs["userId"], ACCOUNT);
}

/** Replaces a token of the service account, as if it were about to expire. */
export async function renew(jenkins: Jenkins, user: string, inputs: Properties): Promise<void> {
  const engine = new Engine(contextOf(jenkins.url, ACCOUNT));
  await engine.up({ tokenName: "ci" });
  later(engine, contextOf(jenkins.url, user));
  assert.equal(await engine.up({ tokenName: "ci", triggers: { round: "2" }, ...inputs }), "replace");
  assert.equal(engine.outputs["userId"], ACCOUNT);
  assert.equal(jenkins.tokens(ACCOUNT).length, 1);
}
