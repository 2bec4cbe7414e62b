/** The account in which tokens are created. */

import { RejectedError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import type { Tokens } from "../jenkins/token.ts";
import { openTokens } from "../jenkins/tokens.ts";
import { SINCE } from "../jenkins/versions.ts";
import { resolveConnection } from "../settings/connection.ts";
import { type Inputs, LEGACY } from "../settings/schema.ts";
import type { Context } from "./context.ts";

/** A user, the user's tokens, and the client that looks after them. */
export interface Account {
  url: string;
  client: Client;
  userId: string;
  tokens: Tokens;
}

/** The account that the inputs name. The client is signed in as they say. */
export async function accountOf(inputs: Inputs, context: Context): Promise<Account> {
  const { url, login, transport } = resolveConnection(inputs.connection, context);
  const client = context.memory.clients.open(url, login, transport, context.limits);
  const userId = await client.ownerOf(inputs.user ?? (await client.whoAmI()));
  if (inputs.via !== LEGACY && client.controller.isOlderThan(SINCE.manyTokens)) {
    const words = "before 2.129 Jenkins has one token per user, without name or uuid";
    const remedy = 'Upgrade Jenkins, or declare that one token with `via: "legacy"`.';
    throw new RejectedError({ tried: `Opening the API tokens of ${userId}`, url, words, remedy });
  }
  return { url, client, userId, tokens: openTokens(client, userId, inputs.via) };
}
