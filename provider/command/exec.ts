/** Runs one command with a new API token, and revokes the token however the command ends. */
import { RejectedError } from "../errors.ts";
import { timeOf } from "../expiry.ts";
import { type IssuedToken, TRIED } from "../jenkins/token.ts";
import { Tokens } from "../jenkins/tokens.ts";
import { perform, uncancelled } from "../operation.ts";
import { byEachLogin, clientsToRevoke } from "../resources/access.ts";
import { type Account, accountOf } from "../resources/account.ts";
import type { Context } from "../resources/context.ts";
import { issueToken, PendingTokenError } from "../resources/safe-create.ts";
import { VARIABLES } from "../settings/connection.ts";
import type { Asked } from "./arguments.ts";
import { Child } from "./child.ts";
import { controllersFor } from "./controllers.ts";
import { execName, runOf } from "./leftovers.ts";
import { tellAside, tellLines } from "./output.ts";
import { progress } from "./progress.ts";
import { messageOf } from "./words.ts";

/** The shortest lifetime that Jenkins accepts for a token. */
const EXPIRES_IN_DAYS = 1;

/** The longest time for listing tokens that earlier runs or a proxy may have left. */
const LONGEST_LOOK_MS = 5_000;

/** The user whose token the command gets, and how to reach this user's tokens. */
interface Owner {
  account: Account;
  via: "scriptConsole" | undefined;
  context: Context;
  /** The options with which `revoke` reaches the same user. */
  options: string;
}

export async function exec(asked: Asked, context: Context): Promise<number> {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => tellLines(messageOf(error))); // A bug in this package must not prevent it either.
  }
  const child = new Child();
  const tell = (_: unknown, text: string) => tellAside(text);
  progress.show("Waiting for Jenkins to create the token");
  const begun = perform({ tell, signal: child.signal }, () => begin(asked, context)).finally(() => progress.end());
  const made = await begun.catch((error: unknown) => {
    if (child.endedBefore === undefined) throw error;
    tellLines(messageOf(error));
    return undefined;
  });
  if (!made) return child.endedBefore ?? 1;
  const { owner, issued } = made;
  const code = child.endedBefore ?? (await child.run(asked.command, environmentFor(owner.account, issued, context)));
  const isRevoked = await revoke(owner, issued);
  return isRevoked ? code : code || 1;
}

/** Creates the token. Returns undefined if it is unknown whether the token exists. */
async function begin(asked: Asked, context: Context): Promise<{ owner: Owner; issued: IssuedToken } | undefined> {
  const owner = await ownerFor(asked, context);
  await tellLeftovers(owner);
  const issued = await issueFor(owner).catch((error: unknown) => {
    if (!(error instanceof PendingTokenError)) throw error;
    tellPending(error, owner);
    return undefined;
  });
  return issued && { owner, issued };
}

async function ownerFor(asked: Asked, context: Context): Promise<Owner> {
  const [controller] = await controllersFor(asked, context);
  const opened = (await controller?.open()) ?? context;
  const { user, urls } = asked;
  const own = await accountOf({}, opened);
  const isOther = user !== undefined && (await own.client.ownerOf(user)) !== own.userId;
  const via = isOther ? "scriptConsole" : undefined;
  const account = isOther ? await accountOf({ user, via }, opened) : own;
  const options = [isOther && ` --user "${account.userId}"`, urls.length > 0 && ` --url ${account.url}`];
  return { account, via, context: opened, options: options.filter(Boolean).join("") };
}

/** Reports tokens that earlier runs left. If the list can't be read, the command runs nevertheless. */
async function tellLeftovers({ account, options }: Owner): Promise<void> {
  const { tokens, client, userId, url } = account;
  const now = client.controller.time();
  const listed = await uncancelled(() => tokens.listNow(), LONGEST_LOOK_MS).catch(() => []);
  const left = listed.filter((token) => runOf(token, now) === "ended");
  if (left.length === 0) return;
  const live = left.filter(({ isExpired }) => !isExpired).length;
  const what = `Earlier runs of pulumi-jenkins exec have left API tokens of ${userId} on ${url}: ${left.length}`;
  tellAside(`${what}, still valid: ${live}. Revoke them: pulumi-jenkins revoke --leftover${options}`);
}

async function issueFor({ account, context }: Owner): Promise<IssuedToken> {
  const { controller } = account.client;
  const issue = (expiresInDays?: number) => {
    const request = { tokenName: execName(controller.time()), expiresInDays };
    return issueToken(account, request, true, () => timeOf(context));
  };
  if (controller.lacks("expiry")) return await issue();
  return await issue(EXPIRES_IN_DAYS).catch((error: unknown) => {
    // A proxy hides the version of this Jenkins. The token without an expiry was revoked.
    if (controller.version === undefined && error instanceof RejectedError) return issue();
    throw error;
  });
}

function tellPending({ message, pending: { name } }: PendingTokenError, { account, options }: Owner): void {
  tellLines(message);
  const { userId, url } = account;
  tellAside(`It is unknown whether Jenkins created the API token "${name}" of ${userId} on ${url}.`);
  tellAside("The command was not started. Jenkins may still create the token within five minutes.");
  tellAside(`After five minutes, run: pulumi-jenkins revoke --name "${name}"${options}`);
}

/** The environment of this process, with the new token instead of the credentials of `exec`. */
function environmentFor({ url, userId }: Account, { tokenValue }: IssuedToken, { environment }: Context) {
  const login = ["url", "username", "apiToken", "password"].flatMap((name) => VARIABLES[name] ?? []);
  const isLogin = (name: string) => login.includes(process.platform === "win32" ? name.toUpperCase() : name);
  const kept = Object.entries(environment).filter(([name]) => !isLogin(name));
  const own = { JENKINS_URL: url, JENKINS_USER_ID: userId, JENKINS_API_TOKEN: tokenValue };
  return { ...Object.fromEntries(kept), ...own };
}

/** Revokes the token: with the credentials of `exec` or, if Jenkins refuses them now, with the token itself. Returns whether it is revoked. */
async function revoke({ account, via, context, options }: Owner, issued: IssuedToken): Promise<boolean> {
  const { url, userId } = account;
  const { tokenUuid, tokenName, tokenValue, expiresOn } = issued;
  const clients = clientsToRevoke({ jenkinsUrl: url, userId, tokenValue, expiresOn }, context);
  progress.show("Waiting for Jenkins to revoke the token");
  try {
    await byEachLogin(TRIED.revoke(tokenUuid, userId), clients, async (client) => {
      const tokens = new Tokens(client, userId, via);
      await tokens.revoke(tokenUuid, client.isOfToken);
      if (client.isOfToken) return;
      // A proxy may have sent the create request twice, so a second token may have this unique name.
      const listed = await uncancelled(() => tokens.listNow(true), LONGEST_LOOK_MS).catch(() => []);
      for (const twin of listed.filter((token) => token.tokenName === tokenName)) await tokens.revoke(twin.tokenUuid);
    });
    progress.end();
    return true;
  } catch (error) {
    progress.end();
    tellLines(messageOf(error));
    tellAside(`The API token "${tokenName}" of ${userId} on ${url} may still be valid.`);
    tellAside(`Revoke it: pulumi-jenkins revoke ${tokenUuid}${options}`);
    return false;
  }
}
