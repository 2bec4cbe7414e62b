import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type Effect, JenkinsError } from "../../../provider/errors.ts";
import type { Request } from "../../../provider/jenkins/http.ts";
import { jsonOf } from "../../../provider/jenkins/replies.ts";
import * as z from "../../../provider/zod.ts";

const url = "https://ci/me/d/generateNewToken";
const generate: Request = { tried: "Creating x", method: "POST", url, headers: {} };
const signIn = "<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>";

describe("JSON of a reply", () => {
  const schema = z.object({ name: z.string() });
  const read = (body: string, type = "text/html") =>
    jsonOf(generate, { status: 200, headers: { "content-type": type }, setCookies: [], body }, schema);

  it("is read as its schema says", () => {
    assert.deepEqual(read(`{"_class":"x","name":"a"}`), { name: "a" });
  });

  const notJson =
    "Jenkins answers this request with JSON: is the url its root, or does a proxy or single sign-on answer in its place?";
  const bad: [what: string, body: string, code: string, effect: Effect, words: string][] = [
    ["a login page", signIn, "UNEXPECTED", "possible", `: not JSON but text/html: Sign in. ${notJson}`],
    ["an empty body", " ", "UNEXPECTED", "possible", `: not JSON but text/html: an empty body. ${notJson}`],
    [
      "JSON that is cut off",
      `{"name":"a`,
      "UNEXPECTED",
      "possible",
      `: not JSON but text/html: broken JSON. ${notJson}`,
    ],
    [
      "JSON of another kind",
      `{"name":7}`,
      "UNEXPECTED",
      "possible",
      ": JSON that is not what Jenkins documents (name: Invalid input: expected string, received number). Is the url the root of a Jenkins? Does something on the way change its answers?",
    ],
    [
      "null",
      "null",
      "UNEXPECTED",
      "possible",
      ": JSON that is not what Jenkins documents (Invalid input: expected object, received null). Is the url the root of a Jenkins? Does something on the way change its answers?",
    ],
    [
      'status "error"',
      `{"status":"error","message":"The name cannot be empty"}`,
      "REJECTED",
      "possible",
      ": The name cannot be empty.",
    ],
  ];
  for (const [what, body, code, effect, words] of bad) {
    it(`causes an error if a 200 has ${what}`, () => {
      assert.throws(
        () => read(body),
        (error: unknown) => {
          assert.ok(error instanceof JenkinsError);
          assert.deepEqual([error.code, error.effect, error.status], [`ERR_JENKINS_${code}`, effect, 200]);
          assert.equal(error.message, `Creating x failed: POST ${url} answered 200${words}`);
          return true;
        },
      );
    });
  }
});
