/** The one token that each user has in Jenkins before 2.129, and on newer servers where it is allowed. */
import { ForbiddenError, RejectedError } from "../errors.ts";
import { redact } from "../redaction.ts";
import type { Client } from "./client.ts";
import { PROPERTY, tokenPage } from "./rest.ts";

/** The value that Jenkins shows. Undefined if the user has no legacy token. */
export async function shownLegacyValue(client: Client, userId: string, tried: string): Promise<string | undefined> {
  await refuseOthers(client, userId, tried);
  return (await tokenPage(client, userId)).legacyValue;
}

/** Gives the user a new value, which ends the old one. It also ends the value of an earlier request whose answer was lost. */
export async function changeLegacyValue(client: Client, userId: string): Promise<string> {
  const tried = `Changing the legacy API token of ${userId}`;
  await refuseOthers(client, userId, tried);
  const path = `${await client.pathTo(userId)}/${PROPERTY}/changeToken`;
  const { headers, body, setCookies } = await client.postForText(tried, path, {}, { repeatable: false });
  // Up to 2.539 the value is in a line of JavaScript, then in a callback in JSON.
  const told = `${headers["script"]} ${headers["x-jenkins-validatebutton-callback"]}`;
  const value = /['"]([0-9a-f]{32})['"]/.exec(told)?.[1];
  if (value) return value;
  const remedy = "Allow legacy API tokens in Jenkins' security settings, or leave out `via`.";
  const circumstances = { tried, method: "POST", url: client.url + path, status: 200 };
  throw new RejectedError({ ...circumstances, words: redact(body, setCookies), remedy });
}

/** Refuses any other login. Jenkins shows nobody else that there is a legacy token, not even administrators. If they change it, its value is lost. */
async function refuseOthers(client: Client, userId: string, tried: string): Promise<void> {
  const me = await client.whoAmI();
  if (me === userId) return;
  const remedy = "Jenkins shows a legacy token only to its own user: log in as that user.";
  throw new ForbiddenError({ tried, url: client.url, words: `${me} is logged in`, remedy });
}
