import assert from "node:assert/strict";
import { type Jenkins, type JenkinsOptions, startJenkins } from "./server.ts";
import { type PageShape, type Shape, shapeOf } from "./shape.ts";

/** The requests to a real Jenkins and its replies, in order. */
export interface Recording {
  about: string;
  version: string;
  recordedOn: string;
  /** The time of the requests. Default: the time of the first requests. */
  at?: string;
  options?: JenkinsOptions;
  requests: Recorded[];
}

export interface Recorded {
  name: string;
  given?: Given;
  request: {
    method: string;
    path: string;
    login?: { id: string; secret: string };
    headers?: Record<string, string>;
    form?: Record<string, string>;
  };
  reply: Omit<Shape, "page"> & { page?: Partial<PageShape> };
}

/** Preparations that are not replayed: uninteresting requests, or changes without requests. */
type Given = "alice has no token" | { crumbOf: string } | { tokensOf: string; tokens: GivenToken[] };

interface GivenToken {
  tokenName: string;
  createdAt?: string;
  expiresOn?: string;
  useCount?: number;
  lastUsed?: string;
}

/** The replies to all requests of a recording, by name. Later requests depend on earlier replies. */
export async function play(recording: Recording): Promise<Map<string, Shape>> {
  const { version, recordedOn, at = "11:14:13", options } = recording;
  const now = new Date(`${recordedOn}T${at}Z`);
  const jenkins = await startJenkins({ ...options, version, now: () => now });
  try {
    const player = new Player(jenkins);
    const replies = new Map<string, Shape>();
    for (const recorded of recording.requests) replies.set(recorded.name, await player.play(recorded));
    return replies;
  } finally {
    await jenkins.close();
  }
}

/** Sends the recorded requests, with the secrets of this Jenkins in place of the recorded ones. */
class Player {
  readonly #jenkins: Jenkins;
  readonly #origin: string;
  readonly #brought = new Map<string, string>();

  constructor(jenkins: Jenkins) {
    this.#jenkins = jenkins;
    this.#origin = new URL(jenkins.url).origin;
  }

  async play({ name, given, request }: Recorded): Promise<Shape> {
    if (given) await this.#give(given);
    const authorization = request.login && { Authorization: this.#basic(request.login.id, request.login.secret) };
    const headers = { ...this.#filledIn(request.headers ?? {}), ...authorization };
    const body = request.form && { body: new URLSearchParams(this.#filledIn(request.form)) };
    const { method, path } = request;
    const response = await fetch(this.#origin + path, { method, headers, redirect: "manual", ...body });
    const text = await response.text();
    this.#keep(name, response, text);
    return shapeOf(response.status, response.headers, text);
  }

  async #give(given: Given): Promise<void> {
    if (given === "alice has no token") {
      for (const { tokenUuid } of [...this.#jenkins.tokens("alice")]) this.#jenkins.revoke("alice", tokenUuid);
    } else if ("crumbOf" in given) {
      const headers = { Authorization: this.#basic(given.crumbOf, `${given.crumbOf}-password`) };
      const response = await fetch(`${this.#jenkins.url}/crumbIssuer/api/json`, { headers });
      this.#keep(given.crumbOf, response, await response.text());
    } else {
      for (const token of given.tokens) this.#make(given.tokensOf, token);
    }
  }

  #make(userId: string, { tokenName, createdAt, expiresOn, useCount, lastUsed }: GivenToken): void {
    const { tokenUuid, tokenValue } = this.#jenkins.generate(userId, tokenName, expiresOn);
    this.#bring(`<uuid of ${tokenName}>`, tokenUuid);
    this.#bring(`<value of ${tokenName}>`, tokenValue);
    const token = this.#jenkins.tokens(userId).at(-1);
    if (token && createdAt !== undefined) token.createdAt = new Date(createdAt);
    if (useCount && lastUsed) this.#jenkins.use(userId, tokenUuid, useCount, new Date(lastUsed));
  }

  #basic(id: string, secret: string): string {
    return `Basic ${Buffer.from(`${id}:${this.#fill(secret)}`).toString("base64")}`;
  }

  #keep(name: string, response: Response, text: string): void {
    this.#bring(`<cookie of ${name}>`, response.headers.get("set-cookie")?.split(";")[0]);
    this.#bring(`<crumb of ${name}>`, /"crumb":"(\w+)"/.exec(text)?.[1]);
    this.#bring(`<value of ${name}>`, /"tokenValue":"(\w+)"/.exec(text)?.[1]);
    const legacyRow = /legacy-token"><input[^>]* value="([^"]+)"|id="([^"]+)" class="token-card[^"]* legacy-token"/;
    this.#bring(`<uuid of ${name}>`, firstGroup(/"tokenUuid":"([^"]+)"/.exec(text) ?? legacyRow.exec(text)));
    const callback = response.headers.get("script") ?? response.headers.get("X-Jenkins-ValidateButton-Callback") ?? "";
    const field = /name="_\.apiToken"[^>]* value="([0-9a-f]{32})"/.exec(text);
    this.#bring(`<legacy of ${name}>`, firstGroup(/\b([0-9a-f]{32})\b/.exec(callback) ?? field));
  }

  #bring(placeholder: string, value: string | undefined): void {
    if (value !== undefined) this.#brought.set(placeholder, value);
  }

  #filledIn(values: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.#fill(value)]));
  }

  #fill(value: string): string {
    if (!/^<\w+ of [\w-]+>$/.test(value)) return value;
    const brought = this.#brought.get(value);
    assert.ok(brought !== undefined, `no ${value} yet`);
    return brought;
  }
}

function firstGroup(match: RegExpExecArray | null): string | undefined {
  return match?.slice(1).find((group) => group !== undefined);
}
