/** A user's API tokens on one Jenkins. Changes run one after the other, each change is confirmed, and all callers share one list. */
import { UnexpectedResponseError } from "../errors.ts";
import { pause, shared, uncancelled } from "../operation.ts";
import type { Client } from "./client.ts";
import { type IssuedToken, type ListedToken, type TokenRequest, type TokenStore, TRIED } from "./token.ts";

/** The tokens by uuid, because each of a thousand resources looks for its own. */
type List = Map<string, ListedToken>;

/** The operations of this process on the tokens of one user, with any login. */
export interface Ongoing {
  /** Settles with the last queued change. */
  lastChange: Promise<unknown>;
  /** The lists that were read since the last change: the first one, and a second one some seconds later. */
  lists: { first?: Promise<List>; second?: Promise<List> };
  /** The list that is read after all queued changes. */
  nextList?: Promise<List> | undefined;
}

/** How often an unconfirmed change is sent, or the list is read for a new token. */
const MOST_LOOKS = 3;

/**
 * The tokens of one user. Changes of one user run one after the other, because each change makes Jenkins write the whole account. Of two changes
 * at once, one in ten is answered 500 although it was carried out. Each change clears the shared lists before and after it, even if it fails. A
 * change counts as done if Jenkins' reply proves it, or a list that is read after it shows it.
 */
export class Tokens {
  readonly #client: Client;
  readonly #userId: string;
  readonly #byConsole: boolean;
  readonly #ongoing: Ongoing;

  /** @param userId the id of the user, as the server spells it. */
  constructor(client: Client, userId: string, via?: "rest" | "scriptConsole" | "legacy") {
    this.#client = client;
    this.#userId = userId;
    this.#byConsole = via === "scriptConsole" && !client.isOfToken; // A token that logs in by itself may lack the permission to run scripts.
    const { ongoing } = client.controller;
    this.#ongoing = ongoing.get(userId) ?? { lastChange: Promise.resolve(), lists: {} };
    ongoing.set(userId, this.#ongoing);
  }

  async list(): Promise<ListedToken[]> {
    return [...(await this.#listForAll()).values()];
  }

  /** The token of this uuid on the shared list. Undefined if it is not there. */
  async find(tokenUuid: string): Promise<ListedToken | undefined> {
    return (await this.#listForAll()).get(tokenUuid);
  }

  /** The token on a second list, which is read some seconds later on a new connection. All callers share it as well. */
  async findAgain(tokenUuid: string): Promise<ListedToken | undefined> {
    const listLater = async () => {
      await pause(this.#client.limits.secondLookMs);
      return await this.#read(true);
    };
    return (await shared(sharedList(this.#ongoing, "second", listLater))).get(tokenUuid);
  }

  /**
   * The list as it is now, read for this caller alone.
   *
   * @param isFresh whether to read it on a new connection, past any cache.
   */
  async listNow(isFresh = false): Promise<ListedToken[]> {
    return [...(await this.#read(isFresh)).values()];
  }

  async generate(request: TokenRequest): Promise<IssuedToken> {
    const { tokenName } = request;
    const { isProven, ...made } = await this.#change(async () => {
      const answer = await (await this.#store()).generate(request);
      return { ...answer, createdAt: this.#client.controller.time() };
    });
    const issued = { ...made, tokenName };
    if (!isProven) await this.#revokeTwins(issued).catch(sayPossible);
    return issued;
  }

  async rename(tokenUuid: string, newName: string): Promise<void> {
    const tried = TRIED.rename(tokenUuid, newName, this.#userId);
    const isDone = async () => (await this.#listAfterChanges()).get(tokenUuid)?.tokenName === newName;
    await this.#certainly(tried, (store) => store.rename(tokenUuid, newName), isDone);
  }

  /** @param isLogin whether the client logs in with the value of this token. Another token may have the same value. */
  async revoke(tokenUuid: string, isLogin = false): Promise<void> {
    const tried = TRIED.revoke(tokenUuid, this.#userId);
    const isOffList = async () => !(await this.#listAfterChanges()).has(tokenUuid);
    const isDone = async () => (isLogin && !(await this.#client.signsIn())) || (await isOffList());
    await this.#certainly(tried, (store) => store.revoke(tokenUuid), isDone);
  }

  /** Sends a change. If the reply does not prove that it was carried out, checks that. */
  async #certainly(
    tried: string,
    send: (store: TokenStore) => Promise<boolean>,
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    const change = () => this.#change(async () => send(await this.#store()));
    for (let tries = 1; ; tries++) {
      // A later refusal does not undo what the first try may have done.
      if (await (tries === 1 ? change() : change().catch(sayPossible))) return;
      if (await isDone().catch(sayPossible)) return;
      if (tries === MOST_LOOKS) throw notDone(tried, this.#client.url);
      await pause(this.#client.limits.pauseMs * 2 ** tries);
    }
  }

  /** Waits until the list shows the token, and revokes other tokens of its name: a proxy may have sent the request twice. */
  async #revokeTwins({ tokenUuid, tokenName }: IssuedToken): Promise<void> {
    let listed = await this.#listAfterChanges();
    for (let tries = 1; !listed.has(tokenUuid); tries++) {
      if (tries === MOST_LOOKS) throw notDone(TRIED.generate(tokenName, this.#userId), this.#client.url);
      await pause(this.#client.limits.pauseMs * 2 ** tries);
      listed = await this.#listAfterChanges();
    }
    // Every generate uses a unique name.
    const twins = [...listed.values()].filter(
      (token) => token.tokenName === tokenName && token.tokenUuid !== tokenUuid,
    );
    for (const twin of twins) await this.revoke(twin.tokenUuid);
  }

  #change<T>(task: () => Promise<T>): Promise<T> {
    const ongoing = this.#ongoing;
    const before = ongoing.lastChange;
    const turn = shared(before).then(async () => {
      ongoing.lists = {};
      try {
        return await task();
      } finally {
        ongoing.lists = {};
      }
    });
    ongoing.lastChange = Promise.allSettled([before, turn]); // A failure does not stop the next change.
    return turn;
  }

  #listForAll(): Promise<List> {
    return shared(sharedList(this.#ongoing, "first", () => this.#read()));
  }

  /** Waits for the queued changes, then reads one list. All waiting callers share it. */
  #listAfterChanges(): Promise<List> {
    const ongoing = this.#ongoing;
    ongoing.nextList ??= uncancelled(async () => {
      await lastChangeOf(ongoing);
      ongoing.nextList = undefined;
      return await this.#read(true);
    });
    return shared(ongoing.nextList);
  }

  async #store(): Promise<TokenStore> {
    return this.#byConsole
      ? (await import("./script-console.ts")).consoleTokens(this.#client, this.#userId)
      : new (await import("./rest.ts")).RestTokens(this.#client, this.#userId);
  }

  async #read(isFresh = false): Promise<List> {
    return new Map((await (await this.#store()).list(isFresh)).map((token) => [token.tokenUuid, token]));
  }
}

/** A list that all callers share until the next change. A failed read is not kept. */
function sharedList({ lists }: Ongoing, which: "first" | "second", read: () => Promise<List>): Promise<List> {
  const known = lists[which];
  if (known) return known;
  const reading = uncancelled(read);
  lists[which] = reading;
  reading.catch(() => delete lists[which]);
  return reading;
}

/** Marks the error of a check after a change: the change may have been carried out, although the check failed. */
function sayPossible(error: Error): never {
  throw Object.assign(error, { effect: "possible" });
}

async function lastChangeOf(ongoing: Ongoing): Promise<void> {
  let last: unknown;
  while (last !== ongoing.lastChange) {
    last = ongoing.lastChange;
    await last;
  }
}

function notDone(tried: string, url: string): UnexpectedResponseError {
  const words = "the answer says that it is done, but Jenkins does not show the change";
  const remedy =
    "Something before Jenkins answers in its place, or shows an old page. Run again when Jenkins can be reached.";
  return new UnexpectedResponseError({ tried, url, words, remedy, effect: "possible" });
}
