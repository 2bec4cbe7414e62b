import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { RestTokens } from "../../../provider/jenkins/rest.ts";
import { parseTokenPage } from "../../../provider/jenkins/token-page.ts";
import { loginPage, notFoundPage, oopsPage, startingPage } from "../../jenkins/pages.ts";
import { type Jenkins, startJenkins } from "../../jenkins/server.ts";
import { byPassword, clientOf } from "../../support/quick.ts";

const layout = { version: "2.568.1", session: "s", contextPath: "", crumbRequestField: "Jenkins-Crumb", crumb: "c" };

const pageIn = (html: string) => parseTokenPage(Buffer.from(html));

describe("the token page", () => {
  let jenkins: Jenkins;

  beforeEach(async () => {
    jenkins = await startJenkins();
  });

  afterEach(() => jenkins.close());

  const list = () => new RestTokens(clientOf(jenkins.url, byPassword("alice")), "alice").list();

  async function html(): Promise<string> {
    const authorization = `Basic ${Buffer.from("alice:alice-password").toString("base64")}`;
    return await (await fetch(`${jenkins.url}/user/alice/security/`, { headers: { authorization } })).text();
  }

  it("of a user without tokens is an empty list, without the hidden template row", async () => {
    assert.match(await html(), /id="api-token-row-template"><div class="token-card">/);
    assert.deepEqual(await list(), []);
  });

  it("has every token's uuid and name", async () => {
    const made = ["b", "a", "a"].map((tokenName) => ({
      tokenUuid: jenkins.generate("alice", tokenName).tokenUuid,
      tokenName,
    }));
    const byUuid = (one: { tokenUuid: string }, other: { tokenUuid: string }) =>
      one.tokenUuid < other.tokenUuid ? -1 : 1;
    const listed = (await list()).map(({ tokenUuid, tokenName }) => ({ tokenUuid, tokenName }));
    assert.deepEqual(listed.sort(byUuid), made.sort(byUuid));
  });

  const names = [
    `<script>alert("1 & 2")</script>`,
    `</span></div></html>`,
    `'single' "double" \`back\``,
    "&amp; &lt; &#39; &nbsp; &copy",
    "  leading and trailing \u00a0",
    "👩🏽‍🚀 雪だるま ü ȷ",
    "a\u200bb\u202ec",
    "ci (pulumi 0123456789abcdef)",
    "x".repeat(5000),
  ];
  for (const name of names) {
    it(`has the name ${JSON.stringify(name).slice(0, 60)} unchanged`, async () => {
      jenkins.generate("alice", name);
      assert.deepEqual(
        (await list()).map(({ tokenName }) => tokenName),
        [name],
      );
    });
  }

  it("has expired tokens and used tokens", async () => {
    jenkins.generate("alice", "expired", "2020-01-01");
    const { tokenValue } = jenkins.generate("alice", "used");
    const authorization = `Basic ${Buffer.from(`alice:${tokenValue}`).toString("base64")}`;
    await fetch(`${jenkins.url}/whoAmI/api/json`, { headers: { authorization } });
    assert.deepEqual(
      (await list()).map(({ tokenName }) => tokenName),
      ["expired", "used"],
    );
  });

  it("of 3,000 tokens is read completely, and requested in gzip", async () => {
    for (let count = 0; count < 3000; count++) jenkins.generate("alice", `token ${count}`);
    assert.equal((await list()).length, 3000);
    assert.equal(jenkins.requests("GET", "security")[0]?.headers["accept-encoding"], "gzip");
  });

  it("has each character that is on two of the pieces in which it is read", () => {
    const names = Array.from({ length: 4 }, (_, at) => "x".repeat(at) + "👩🏽‍🚀ü雪".repeat(2_000));
    const cards = names.map((name, at) => {
      return `<div id="00000000-0000-4000-8000-00000000000${at}" class="token-card"><span class="token-name">${name}</span></div>`;
    });
    const page = pageIn(`<html><div id="api-token-list">${cards.join("")}</div></html>`);
    assert.deepEqual(
      page?.tokens?.map(({ tokenName }) => tokenName),
      names,
    );
  });

  it("is read correctly wherever the pieces begin in which it is read", () => {
    const uuid = "5b7c94ab-b9b6-4ffd-8512-d941e22a8fe6";
    const card = `<div id="${uuid}" class="token-card x"><span class="token-name">a &amp; ü</span></div>`;
    const [before, after] = [`<html><div id="api-token-list">`, `</div></html>`];
    for (let offset = 0; offset <= card.length; offset++) {
      const page = pageIn(before + " ".repeat(16 * 1024 - before.length - offset) + card + after);
      assert.deepEqual(
        page?.tokens?.map(({ tokenUuid, tokenName }) => [tokenUuid, tokenName]),
        [[uuid, "a & ü"]],
        String(offset),
      );
    }
  });

  it("is not a list if it is cut off anywhere", async () => {
    jenkins.generate("alice", "one");
    jenkins.generate("alice", "two");
    const whole = await html();
    assert.equal(pageIn(whole)?.tokens?.length, 2);
    for (let length = 0; length < whole.length - 7; length += 41) {
      assert.equal(pageIn(whole.slice(0, length)), undefined, `the first ${length} characters`);
    }
  });

  const behind = [
    "<!-- served by cache-7 -->",
    "<script>track();</script>",
    " \r\n\t",
    "<!-- a --><script>b()</script>\n",
  ];
  for (const more of behind) {
    it(`is complete if a proxy adds ${JSON.stringify(more)} behind it`, async () => {
      jenkins.generate("alice", "one");
      assert.equal(pageIn((await html()) + more)?.tokens?.length, 1);
    });
  }

  it("is not a list if it is cut off after a script or a comment that contains </html>", async () => {
    jenkins.generate("alice", "one");
    jenkins.generate("alice", "two");
    const whole = await html();
    const cut = whole.slice(0, whole.lastIndexOf('<div class="token-controls">'));
    for (const text of ['<script>document.write("</html>");</script>', "<!-- </html> -->"]) {
      assert.equal(pageIn(cut + text), undefined, text);
      assert.equal(pageIn(cut.replace("<title>", `${text}<title>`)), undefined, text);
    }
  });

  const alien: Record<string, string> = {
    "an empty body": "",
    "Jenkins' login page": loginPage(layout).body,
    "Jenkins' page of an error": oopsPage().body,
    "Jenkins' page for a 404": notFoundPage().body,
    "Jenkins' page while it starts": startingPage().body,
    "a proxy's login page": "<html><body><h1>Sign in</h1></body></html>",
    JSON: `{"status":"ok"}`,
    "a page with the template row alone": `<html><div id="api-token-row-template"><div class="token-card"></div></div></html>`,
  };
  for (const [what, body] of Object.entries(alien)) {
    it(`causes an error, and is not an empty list, if the answer is ${what}`, async () => {
      assert.equal(pageIn(body), undefined);
      jenkins.intercept = ({ path }) =>
        path.endsWith("/security/") ? { kind: "reply", status: 200, body } : undefined;
      await assert.rejects(list(), {
        code: "ERR_JENKINS_UNEXPECTED",
        message: `Reading the API tokens of alice failed: GET ${jenkins.url}/user/alice/security/ answered 200: a page without the list of API tokens. Does a proxy or single sign-on answer in the place of Jenkins?`,
      });
    });
  }

  it("has the name unchanged if an attribute contains & before a letter", () => {
    const uuid = "00000000-0000-4000-8000-000000000000";
    const inputs = `<input class="token-uuid-input" value="${uuid}"><input class="token-name" value="ü&copyright &amp; &uuml;">`;
    const page = pageIn(
      `<html><div class="token-list"><div class="token-list-existing-item">${inputs}</div></div></html>`,
    );
    assert.equal(page?.tokens?.[0]?.tokenName, "ü&copyright & ü");
  });

  it("has no token in a card whose id is not a uuid", () => {
    const cards = `<div id="" class="token-card"></div><div class="token-card"></div><div id="x" class="token-card"></div>`;
    assert.deepEqual(pageIn(`<html><div id="api-token-list">${cards}</div></html>\n`)?.tokens, []);
  });

  it("is read correctly with the icons of a real Jenkins, which have elements without a class", () => {
    const icon = `<svg class="icon-sm" xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 512 512"><title/><path d="M112 112l20 320" fill="none"/><g><polyline points="308 138"/></g></svg>`;
    const uuid = "5b7c94ab-b9b6-4ffd-8512-d941e22a8fe6";
    const card = `<div id="${uuid}" class="token-card jenkins-card "><div class="token-card-inner"><div tooltip="" class="token-card__title "><span class="token-name">ci</span></div></div><div class="token-controls"><button class="jenkins-button">${icon}</button></div></div>`;
    const page = `<!DOCTYPE html><html><body><div><div id="api-token-list">${card}${card}</div></div></body></html>`;
    const names = pageIn(page)?.tokens?.map(({ tokenUuid, tokenName }) => [tokenUuid, tokenName]);
    assert.deepEqual(names, [
      [uuid, "ci"],
      [uuid, "ci"],
    ]);
  });
});
