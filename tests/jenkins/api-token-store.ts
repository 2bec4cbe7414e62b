import { createHash, randomBytes, randomUUID } from "node:crypto";
import { UncaughtException } from "./failures.ts";

/** A token in Jenkins' store: the hash of its value, never the value itself. */
export interface Token {
  tokenUuid: string;
  tokenName: string;
  /** Unknown for a legacy token that was created with its user. */
  createdAt?: Date;
  /** The last day on which the token works, yyyy-mm-dd. */
  expiresOn?: string;
  useCount: number;
  /** Whether it was created by `changeToken`. Jenkins stores the value of only this token. */
  isLegacy?: true;
  lastUsed?: Date;
  hash: string;
}

export interface NewToken {
  token: Token;
  tokenValue: string;
}

/** The version of the scheme, with which every value starts. */
const version = "11";
const valueLength = 34;

/** A user's tokens, in the order of their creation. */
export class ApiTokenStore {
  readonly tokens: Token[] = [];
  readonly #unwritable = new Set<Token>();
  readonly #unwritableName: RegExp;
  #legacyToken: string | undefined;
  /** The number of times that the file was read again. */
  reloads = 0;
  /** Undoes the changes in memory since the user's file was last written. */
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

  /** Adds a token with a declared value. Jenkins accepts the digits in either case. */
  add(tokenName: string, value: string, createdAt: Date, expiresOn: string | undefined): Token {
    const refused = "java.lang.IllegalArgumentException: The ";
    if (value.length !== valueLength)
      throw new UncaughtException(`${refused}token must consist of 2 and 32 characters`);
    if (!value.startsWith(version)) throw new UncaughtException(`${refused}given version is not recognized`);
    const secret = value.slice(version.length).toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(secret)) throw new UncaughtException(`${refused}secret part must be hexadecimal`);
    const token: Token = { tokenUuid: randomUUID(), tokenName, createdAt, useCount: 0, hash: hashOf(secret) };
    if (expiresOn !== undefined) token.expiresOn = expiresOn;
    this.#add(token);
    return token;
  }

  /** The value of the legacy token. Jenkins stores no other value. */
  get legacyToken(): string | undefined {
    return this.tokens.some((token) => token.isLegacy) ? this.#legacyToken : undefined;
  }

  /** Replaces the legacy token. The previous value stops working at once. */
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

  /** The first token with this value. Several tokens may have it. Jenkins ignores the first two of 34 characters, and also accepts the other 32 alone. */
  findMatching(value: string, today: string): Token | undefined {
    const secret = value.length === valueLength ? value.slice(version.length) : value;
    const hash = hashOf(secret);
    return this.tokens.find((token) => token.hash === hash && !hasExpired(token, today));
  }

  /** Writes the user's file, so that a restart restores this state. One invalid name prevents the whole write. */
  write(): void {
    if (this.#unwritable.size > 0) throw new UncaughtException("a name can't be written as XML");
    this.#undo.length = 0;
  }

  /** Reads the file again, as a restart does. Unwritten changes are lost. */
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
    this.#name(token, token.tokenName);
  }

  #remove(token: Token): number {
    const position = this.tokens.indexOf(token);
    this.tokens.splice(position, 1);
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
