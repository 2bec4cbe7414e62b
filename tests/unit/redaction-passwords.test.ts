import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Clients } from "../../provider/jenkins/client.ts";
import { keepLogin, keepSecret, presentable, redact } from "../../provider/redaction.ts";
import { byPassword, printed } from "../support/quick.ts";
import { forgetSecrets } from "../support/secrets.ts";

describe("A password that is a word", () => {
  beforeEach(() => keepLogin("alice", "admin"));
  afterEach(() => forgetSecrets());

  const table: [text: string, clean: string][] = [
    ["wrong password admin.", "wrong password [secret]."],
    ["administrators, sysadmin, adminCanGenerateNewTokens", "administrators, sysadmin, adminCanGenerateNewTokens"],
    ["admin1 1admin ädmin admin", "admin1 1admin ädmin [secret]"],
    ["admin_x=admin&y='admin'", "[secret]_x=[secret]&y='[secret]'"],
    ["a%20admin%20b a%2fadmin", "a%20[secret]%20b a%2f[secret]"],
    ["bad login\\nadmin", "bad login\\n[secret]"],
    ["[secret] admin", "[secret] [secret]"],
    [`in base64 ${Buffer.from("admin").toString("base64")}`, "in base64 [secret]"],
  ];
  for (const [text, clean] of table) {
    it(`is masked only as a whole word: ${text}`, () => {
      assert.equal(redact(text), clean);
    });
  }

  it("is masked only as a whole word even if it is long", () => {
    keepSecret("administrator");
    assert.equal(redact("administrator administrators"), "[secret] administrators");
  });

  it("is masked in each of its forms if it contains a quote or a bracket", () => {
    keepSecret('p"w<1');
    assert.equal(
      redact('p"w<1 p\\"w&lt;1 p&quot;w&#60;1 p%22w%3c1 xp"w<1 p"w<12'),
      '[secret] [secret] [secret] [secret] xp"w<1 p"w<12',
    );
  });

  it("is not masked in a sentence of the provider, except within double quotes", () => {
    assert.equal(
      presentable('As admin on https://admin.example.com: "admin of ci" and `via: "admin"`'),
      'As admin on https://admin.example.com: "[secret] of ci" and `via: "admin"`',
    );
  });

  it("is not masked within a user id", () => {
    keepLogin("svc-admin", "summer-4711");
    assert.equal(redact("svc-admin is not admin, nor is alice"), "svc-admin is not [secret], nor is alice");
  });
});

describe("A password that is the user name", () => {
  afterEach(() => forgetSecrets());

  for (const [userId, password] of [
    ["admin", "admin"],
    ["Admin", "admin"],
    ["service-account-4711", "service-account-4711"],
  ] as const) {
    it(`is not masked as the user name ${userId}, but is masked in base64`, () => {
      keepLogin(userId, password);
      assert.equal(redact(`${userId} lacks a permission`), `${userId} lacks a permission`);
      assert.equal(presentable(`Reading "${userId}"`), `Reading "${userId}"`);
      assert.equal(redact(Buffer.from(`${userId}:${password}`).toString("base64")), "[secret]");
    });
  }

  it("causes one warning, which does not show it", async () => {
    const open = (userId: string, password: string, url = "https://ci.example.com") =>
      new Clients().open(url, byPassword(userId, password), {});
    const lines = await printed(async () => {
      open("kim", "kim");
      open("kim", "kim", "https://other.example.com");
      open("lou", "kim");
    });
    assert.deepEqual(lines, [
      "The password is the same as the user name, which messages show. Choose another password in Jenkins.",
    ]);
  });
});
