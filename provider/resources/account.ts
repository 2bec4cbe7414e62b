/** The account in which a resource creates its token. */
import { RejectedError } from "../errors.ts";
import type { Client } from "../jenkins/client.ts";
import { Tokens } from "../jenkins/tokens.ts";
import type { Inputs } from "../properties.ts";
import { resolveConnection } from "../settings/connection.ts";
import { LEGACY } from "../settings/schema.ts";
import type { Context } from "./context.ts";

/** A user, the user's tokens, and the client that manages them. */
export interface Account {
  url: string;
  client: Client;
  userId: string;
  tokens: Tokens;
}

/** The account that the inputs name. The client uses the login of the inputs. */
export async function accountOf(inputs: Inputs, context: Context): Promise<Account> {
  const { url, login, transport } = resolveConnection(inputs.connection, context);
  const client = context.memory.clients.open(url, login, transport, context.limits);
  const userId = await client.ownerOf(inputs.user ?? (await client.whoAmI()));
  if (inputs.via !== LEGACY && client.controller.lacks("manyTokens")) {
    const words = "before 2.129 Jenkins has one token per user, without name or uuid";
    const remedy = 'Upgrade Jenkins, or declare that one token with `via: "legacy"`.';
    throw new RejectedError({ tried: `Opening the API tokens of ${userId}`, url, words, remedy });
  }
  return { url, client, userId, tokens: new Tokens(client, userId, inputs.via) };
}
