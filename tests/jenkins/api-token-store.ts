import { createHash, randomBytes, randomUUID } from "node:crypto";
import { UncaughtException } from "./failures.ts";

/** A token as Jenkins keeps it: the hash of its value, never the value itself. */
export interface Token {
  tokenUuid: string;
  tokenName: string;
  /** Of a legacy token that came with its user nobody knows. */
  createdAt?: Date;
  /** The last day it signs in, yyyy-mm-dd. */
  expiresOn?: string;
  useCount: number;
  /** Made by `changeToken`, and the only one Jenkins keeps the value of. */
  isLegacy?: true;
  lastUsed?: Date;
  hash: string;
}

export interface NewToken {
  token: Token;
  tokenValue: string;
}

/** Every value starts with the version of its scheme. */
const version = "11";
const valueLength = 34;

/** A user's tokens, in the order in which they were made. */
export class ApiTokenStore {
  readonly tokens: Token[] = [];
  readonly #byHash = new Map<string, Token>();
  readonly #unwritable = new Set<Token>();
  readonly #unwritableName: RegExp;
  #legacyToken: string | undefined;
  /** How often the file was read again. */
  reloads = 0;
  /** Takes back what was done in memory since the user's file was last written. */
  readonly #undo: (() => void)[] = [];

  constructor(unwritableName: RegExp) {
    this.#unwritableName = unwritableName;
  }

  generate(tokenName: string, createdAt: Date, expiresOn: string | undefined): NewToken {
    const secret = randomBytes(16).toString("hex");
    const token: Token = { tokenUuid: randomUUID(), tokenName, createdAt, useCount: 0, hash: hashOf(secret) };
    if (expiresOn !== undefined) token.expiresOn = expiresOn;
    this.#add(token);
    return { token, tokenValue: version + secret };
  }

  /** The value of the legacy token, the only one Jenkins keeps. */
  get legacyToken(): string | undefined {
    return this.tokens.some((token) => token.isLegacy) ? this.#legacyToken : undefined;
  }

  /** The value that was good until now is dead at once. */
  changeLegacyToken(createdAt?: Date, value: string = randomBytes(16).toString("hex")): string {
    for (const old of this.tokens.filter((token) => token.isLegacy)) this.revoke(old);
    const before = this.#legacyToken;
    this.#legacyToken = value;
    this.#undo.push(() => {
      this.#legacyToken = before;
    });
    const hash = hashOf(value);
    const token: Token = { tokenUuid: randomUUID(), tokenName: "Legacy Token", useCount: 0, isLegacy: true, hash };
    this.#add(createdAt ? { ...token, createdAt } : token);
    return value;
  }

  rename(token: Token, tokenName: string): void {
    const before = token.tokenName;
    this.#name(token, tokenName);
    this.#undo.push(() => this.#name(token, before));
  }

  revoke(token: Token): void {
    const position = this.#remove(token);
    this.#undo.push(() => this.#insert(token, position));
  }

  find(tokenUuid: string): Token | undefined {
    return this.tokens.find((token) => token.tokenUuid === tokenUuid);
  }

  /** The token with this value. Of 34 characters Jenkins drops the first two unseen, and it takes a bare secret too. */
  findMatching(value: string, today: string): Token | undefined {
    const secret = value.length === valueLength ? value.slice(version.length) : value;
    const token = this.#byHash.get(hashOf(secret));
    return token && !hasExpired(token, today) ? token : undefined;
  }

  /** Writes the user's file: from here on a restart brings back this state. One bad name keeps all from being written. */
  write(): void {
    if (this.#unwritable.size > 0) throw new UncaughtException("a name can't be written as XML");
    this.#undo.length = 0;
  }

  /** A restart reads the file again; what could not be written is gone. */
  reload(): void {
    this.reloads++;
    while (this.#undo.length > 0) this.#undo.pop()?.();
  }

  #add(token: Token): void {
    this.#insert(token, this.tokens.length);
    this.#undo.push(() => this.#remove(token));
  }

  #insert(token: Token, position: number): void {
    this.tokens.splice(position, 0, token);
    this.#byHash.set(token.hash, token);
    this.#name(token, token.tokenName);
  }

  #remove(token: Token): number {
    const position = this.tokens.indexOf(token);
    this.tokens.splice(position, 1);
    this.#byHash.delete(token.hash);
    this.#unwritable.delete(token);
    return position;
  }

  #name(token: Token, tokenName: string): void {
    token.tokenName = tokenName;
    if (this.#unwritableName.test(tokenName)) this.#unwritable.add(token);
    else this.#unwritable.delete(token);
  }
}

export function hasExpired(token: Token, today: string): boolean {
  return token.expiresOn !== undefined && token.expiresOn < today;
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
