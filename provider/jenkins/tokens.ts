/** A user's API tokens on one Jenkins: one change at a time, each one certain, and one reading for all that ask. */
import { UnexpectedResponseError } from "../errors.ts";
import { pause, shared, uncancelled } from "../operation.ts";
import type { Inputs } from "../settings/schema.ts";
import type { Client } from "./client.ts";
import type { IssuedToken, ListedToken, TokenRequest, TokenStore, Tokens } from "./token.ts";

/** By the uuids: each of a thousand resources looks for its own. */
type List = Map<string, ListedToken>;

/** What this process has under way for the tokens of one user, by any login. */
export interface Account {
  /** Ends with the last change that was asked for. */
  lastChange: Promise<unknown>;
  /** What was read since the last change. */
  list?: Promise<List> | undefined;
  secondList?: Promise<List> | undefined;
  /** The list that is read after all waiting changes. */
  nextList?: Promise<List> | undefined;
}

/** How often an unconfirmed change is sent, or the list is read for a new token. */
const MOST_TRIES = 3;

/** The tokens of the user whose id the server spells `userId`. */
export function openTokens(client: Client, userId: string, via?: Inputs["via"]): Tokens {
  const isConsole = via === "scriptConsole" && !client.isOfToken; // A token that looks after itself may not run scripts.
  const store = async () =>
    isConsole
      ? (await import("./script-console.ts")).consoleTokens(client, userId)
      : new (await import("./rest.ts")).RestTokens(client, userId);
  return new CertainTokens(client, userId, store);
}

/**
 * Changes of one user run one after the other: Jenkins writes the whole account at each, and of two at once one in ten is
 * answered 500 although it was carried out. Each change clears the shared lists before and after it, even if it fails. A change counts when Jenkins' reply proves it, or a list that is read after it.
 */
class CertainTokens implements Tokens {
  readonly #client: Client;
  readonly #userId: string;
  readonly #store: () => Promise<TokenStore>;
  readonly #account: Account;

  constructor(client: Client, userId: string, store: () => Promise<TokenStore>) {
    this.#client = client;
    this.#userId = userId;
    this.#store = store;
    this.#account = client.controller.accountOf(userId);
  }

  async list(): Promise<ListedToken[]> {
    return [...(await this.#listForAll()).values()];
  }

  async find(tokenUuid: string): Promise<ListedToken | undefined> {
    return (await this.#listForAll()).get(tokenUuid);
  }

  async findAgain(tokenUuid: string): Promise<ListedToken | undefined> {
    const listLater = async () => {
      await pause(this.#client.limits.secondLookMs);
      return await this.#read(true);
    };
    return (await shared(kept(this.#account, "secondList", listLater))).get(tokenUuid);
  }

  async listNow(isFresh = false): Promise<ListedToken[]> {
    return [...(await this.#read(isFresh)).values()];
  }

  async generate(request: TokenRequest): Promise<IssuedToken> {
    const issued = await this.#change(async () => (await this.#store()).generate(request));
    if (issued.isProven) return issued;
    try {
      await this.#revokeTwins(issued);
      return issued;
    } catch (error) {
      throw Object.assign(error as Error, { effect: "possible" }); // A look that has failed tells nothing of the token.
    }
  }

  async rename(tokenUuid: string, newName: string): Promise<void> {
    await this.#certainly(
      `Renaming API token ${tokenUuid} of ${this.#userId} to "${newName}"`,
      async () => (await this.#store()).rename(tokenUuid, newName),
      async () => (await this.#listAfterChanges()).get(tokenUuid)?.tokenName === newName,
    );
  }

  async revoke(tokenUuid: string, isLogin = false): Promise<void> {
    await this.#certainly(
      `Revoking API token ${tokenUuid} of ${this.#userId}`,
      async () => (await this.#store()).revoke(tokenUuid),
      async () => (isLogin ? !(await this.#client.signsIn()) : !(await this.#listAfterChanges()).has(tokenUuid)),
    );
  }

  /** Makes a change, and looks whether it is carried out where the reply doesn't prove it. */
  async #certainly(tried: string, task: () => Promise<boolean>, isDone: () => Promise<boolean>): Promise<void> {
    for (let tries = 1; ; tries++) {
      if ((await this.#change(task)) || (await isDone())) return;
      if (tries === MOST_TRIES) throw notDone(tried, this.#client.url);
      await pause(this.#client.limits.pauseMs * 2 ** tries);
    }
  }

  /** Waits until the list shows the token, and revokes others of its name: a proxy may have sent the request twice. */
  async #revokeTwins({ tokenUuid, tokenName }: IssuedToken): Promise<void> {
    let listed = await this.#listAfterChanges();
    for (let tries = 1; !listed.has(tokenUuid); tries++) {
      const tried = `Creating the API token "${tokenName}" for ${this.#userId}`;
      if (tries === MOST_TRIES) throw notDone(tried, this.#client.url);
      await pause(this.#client.limits.pauseMs * 2 ** tries);
      listed = await this.#listAfterChanges();
    }
    // Every generate has a name of its own.
    const twins = [...listed.values()].filter(
      (token) => token.tokenName === tokenName && token.tokenUuid !== tokenUuid,
    );
    for (const twin of twins) await this.revoke(twin.tokenUuid);
  }

  #change<T>(task: () => Promise<T>): Promise<T> {
    const account = this.#account;
    const earlier = account.lastChange;
    const turn = shared(earlier).then(async () => {
      outdate(account);
      try {
        return await task();
      } finally {
        outdate(account);
      }
    });
    account.lastChange = Promise.allSettled([earlier, turn]); // A failure is its own caller's; the next one gets its turn.
    return turn;
  }

  #listForAll(): Promise<List> {
    return shared(kept(this.#account, "list", () => this.#read()));
  }

  /** Waits for the queued changes, then reads one list. All waiting callers share it. */
  #listAfterChanges(): Promise<List> {
    const account = this.#account;
    account.nextList ??= uncancelled(async () => {
      await lastChangeOf(account);
      account.nextList = undefined;
      return await this.#read(true);
    });
    return shared(account.nextList);
  }

  async #read(isFresh = false): Promise<List> {
    return new Map((await (await this.#store()).list(isFresh)).map((token) => [token.tokenUuid, token]));
  }
}

function outdate(account: Account): void {
  account.list = undefined;
  account.secondList = undefined;
}

/** A list that all share until it is outdated, or could not be read. */
function kept(account: Account, name: "list" | "secondList", read: () => Promise<List>): Promise<List> {
  const known = account[name];
  if (known) return known;
  const reading = uncancelled(read);
  account[name] = reading;
  reading.catch(() => {
    if (account[name] === reading) account[name] = undefined;
  });
  return reading;
}

async function lastChangeOf(account: Account): Promise<void> {
  let last: unknown;
  while (last !== account.lastChange) {
    last = account.lastChange;
    await last;
  }
}

function notDone(tried: string, url: string): UnexpectedResponseError {
  const words = "it was answered as done, but Jenkins does not show that it is";
  const remedy =
    "Something before Jenkins answers in its place, or shows an old page. Run again when Jenkins can be reached.";
  return new UnexpectedResponseError({ tried, url, words, remedy, effect: "possible" });
}
