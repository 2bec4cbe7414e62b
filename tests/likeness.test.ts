import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "./jenkins/server.ts";
import { type PageShape, type Shape, shapeOf } from "./jenkins/shape.ts";

interface Recording {
  version: string;
  recordedOn: string;
  requests: Recorded[];
}

interface Recorded {
  name: string;
  given?: "alice has no token";
  request: {
    method: string;
    path: string;
    login?: { id: string; secret: string };
    headers?: Record<string, string>;
    form?: Record<string, string>;
  };
  reply: Omit<Shape, "page"> & { page?: Partial<PageShape> };
}

const recording: Recording = JSON.parse(
  readFileSync(new URL("./fixtures/recordings/2.568.1/requests.json", import.meta.url), "utf8"),
);

describe(`The in-process Jenkins answers like a Jenkins ${recording.version}`, () => {
  const replies = new Map<string, Shape>();

  // All in one go and in their order: a later request builds on what an earlier one brought.
  before(async () => {
    const recordedOn = new Date(`${recording.recordedOn}T11:14:13Z`);
    const jenkins = await startJenkins({ version: recording.version, now: () => recordedOn });
    try {
      const player = new Player(jenkins);
      for (const recorded of recording.requests) replies.set(recorded.name, await player.play(recorded));
    } finally {
      await jenkins.close();
    }
  });

  for (const { name, request, reply } of recording.requests) {
    const by = request.login ? `${request.login.id} with ${request.login.secret}` : "nobody";
    it(`${name}: ${request.method} ${request.path} by ${by} is a ${reply.status}`, () => {
      assert.deepEqual(asRecorded(replies.get(name), reply), reply);
    });
  }
});

/** A page of which only the head was recorded is compared by what there is of it. */
function asRecorded(shape: Shape | undefined, { page }: Recorded["reply"]): unknown {
  if (!shape?.page || !page) return shape;
  const recorded = Object.entries(shape.page).filter(([part]) => part in page);
  return { ...shape, page: Object.fromEntries(recorded) };
}

/** Sends recorded requests, with the secrets of this Jenkins in the place of the recorded one's. */
class Player {
  readonly #jenkins: Jenkins;
  readonly #brought = new Map<string, string>();

  constructor(jenkins: Jenkins) {
    this.#jenkins = jenkins;
  }

  async play({ name, given, request }: Recorded): Promise<Shape> {
    if (given === "alice has no token") {
      for (const { tokenUuid } of [...this.#jenkins.tokens("alice")]) this.#jenkins.revoke("alice", tokenUuid);
    }
    const authorization = request.login && { Authorization: this.#basic(request.login.id, request.login.secret) };
    const headers = { ...this.#filledIn(request.headers ?? {}), ...authorization };
    const body = request.form && { body: new URLSearchParams(this.#filledIn(request.form)) };
    const { method, path } = request;
    const response = await fetch(this.#jenkins.url + path, { method, headers, redirect: "manual", ...body });
    const text = await response.text();
    this.#keep(name, response, text);
    return shapeOf(response.status, response.headers, text);
  }

  #basic(id: string, secret: string): string {
    return `Basic ${Buffer.from(`${id}:${this.#fill(secret)}`).toString("base64")}`;
  }

  #keep(name: string, response: Response, text: string): void {
    this.#bring(`<cookie of ${name}>`, response.headers.get("set-cookie")?.split(";")[0]);
    this.#bring(`<crumb of ${name}>`, /"crumb":"(\w+)"/.exec(text)?.[1]);
    this.#bring(`<uuid of ${name}>`, /"tokenUuid":"([^"]+)"/.exec(text)?.[1]);
    this.#bring(`<value of ${name}>`, /"tokenValue":"(\w+)"/.exec(text)?.[1]);
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
