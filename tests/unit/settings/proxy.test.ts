import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { chooseProxy } from "../../../provider/settings/proxy.ts";
import type { Texts } from "../../support/surroundings.ts";

const HTTP = "http://ci.example.com:8080/jenkins";
const HTTPS = "https://ci.example.com";
const loginOf = (token = "") => Buffer.from(token.replace("Basic ", ""), "base64").toString();

describe("The forward proxy for a url", () => {
  const chosen: [what: string, url: string, environment: Texts, proxy: string | undefined, variable?: string][] = [
    ["is none if no variable is set", HTTP, {}, undefined],
    ["is an HTTP proxy if it has no scheme", HTTP, { HTTP_PROXY: "proxy:3128" }, "http://proxy:3128", "HTTP_PROXY"],
    ["may have an IPv6 address", HTTP, { HTTP_PROXY: "[::1]:3128" }, "http://[::1]:3128", "HTTP_PROXY"],
    ["may use TLS", HTTPS, { HTTPS_PROXY: "https://proxy:1" }, "https://proxy:1", "HTTPS_PROXY"],
    [
      "may have a path and a scheme in capitals",
      HTTP,
      { HTTP_PROXY: "HTTP://proxy:1/" },
      "http://proxy:1",
      "HTTP_PROXY",
    ],
    ["is read without blanks and quotes", HTTP, { HTTP_PROXY: ' "http://proxy:1"\n' }, "http://proxy:1", "HTTP_PROXY"],
    ["comes first from lower case", HTTP, { http_proxy: "a:1", HTTP_PROXY: "b:1" }, "http://a:1", "http_proxy"],
    ["ignores an empty variable", HTTP, { http_proxy: "", HTTP_PROXY: "b:1" }, "http://b:1", "HTTP_PROXY"],
    ["ignores a blank variable", HTTPS, { https_proxy: " ", HTTPS_PROXY: "b:1" }, "http://b:1", "HTTPS_PROXY"],
    ["is the one for its scheme", HTTPS, { HTTP_PROXY: "a:1", HTTPS_PROXY: "b:1" }, "http://b:1", "HTTPS_PROXY"],
    ["is not the one for another scheme", HTTPS, { HTTP_PROXY: "a:1" }, undefined],
    [
      "comes from HTTPS_PROXY even if ALL_PROXY is set, too",
      HTTPS,
      { HTTPS_PROXY: "b:1", ALL_PROXY: "socks5://c" },
      "http://b:1",
      "HTTPS_PROXY",
    ],
    ["is none if ALL_PROXY is empty", HTTP, { ALL_PROXY: "" }, undefined],
    ["is none for an unknown url", "04da6b54-80e4-46f7-96ec-b56ff0331ba9", { HTTP_PROXY: "a:1" }, undefined],
  ];
  for (const [what, url, environment, proxy, variable] of chosen) {
    it(what, () => {
      const found = chooseProxy(url, environment).proxy;
      assert.deepEqual(found && { url: found.url, variable: found.variable }, proxy && { url: proxy, variable });
    });
  }

  const logins: [userinfo: string, login: string | undefined][] = [
    ["joe:pass", "joe:pass"],
    ["joe", "joe:"],
    [":pass", ":pass"],
    ["joe:100%", "joe:100%"],
    ["joe:50%off%2Fnow", "joe:50%off/now"],
    ["joe:%zz%41", "joe:%zzA"],
    ["joe:p@ss:w", "joe:p@ss:w"],
    ["jö:é%C3%A9", "jö:éé"],
  ];
  for (const [userinfo, login] of logins) {
    it(`logs in with ${userinfo}, with and without a scheme`, () => {
      for (const HTTP_PROXY of [`http://${userinfo}@proxy:3128`, `${userinfo}@proxy:3128`]) {
        const { proxy } = chooseProxy(HTTP, { HTTP_PROXY });
        assert.equal(proxy?.url, "http://proxy:3128");
        assert.equal(loginOf(proxy?.token), login);
      }
    });
  }

  const refused: [what: string, environment: Texts, words: RegExp][] = [
    [
      "SOCKS",
      { HTTP_PROXY: "socks5h://who:hunter2@p:1" },
      /^HTTP_PROXY must name an HTTP proxy.*socks5h is not supported/,
    ],
    ["SOCKS in lower case", { http_proxy: "socks5://who:hunter2@p:1" }, /^http_proxy must name an HTTP proxy/],
    ["FTP", { HTTP_PROXY: "ftp://who:hunter2@p:1" }, /^HTTP_PROXY must name an HTTP proxy.*ftp is not supported/],
    ["ALL_PROXY", { ALL_PROXY: "http://who:hunter2@p:1" }, /^ALL_PROXY is not supported: name the proxy in HTTP_PROXY/],
    ["all_proxy", { all_proxy: "hunter2:1" }, /^all_proxy is not supported/],
    ["ALL_PROXY beside empty HTTP_PROXY", { HTTP_PROXY: "", ALL_PROXY: "hunter2" }, /^ALL_PROXY is not supported/],
    ["an invalid port", { HTTP_PROXY: "http://hunter2:port" }, /^HTTP_PROXY is not the address of a proxy/],
    ["a slash in a password", { HTTP_PROXY: "http://joe:12/hunter2@p:1" }, /^HTTP_PROXY is not .* write \/ as %2F/],
    ["a number sign in a password", { HTTP_PROXY: "joe:1#hunter2@p:1" }, /^HTTP_PROXY is not .* # as %23/],
    ["a Windows domain", { HTTP_PROXY: "http://CORP\\joe:hunter2@p:1" }, /^HTTP_PROXY is not .* a backslash as %5C/],
    ["a single slash", { HTTP_PROXY: "http:/hunter2:3128" }, /^HTTP_PROXY is not the address of a proxy/],
    ["a line break", { HTTP_PROXY: "http://hunter2\n.example:1" }, /^HTTP_PROXY is not the address/],
  ];
  for (const [what, environment, words] of refused) {
    it(`is refused with the name of its variable, and is not shown: ${what}`, () => {
      const { proxy, fault = "" } = chooseProxy(HTTP, environment);
      assert.equal(proxy, undefined);
      assert.match(fault, words);
      assert.doesNotMatch(fault, /hunter2/);
      assert.deepEqual(chooseProxy(HTTP, { ...environment, NO_PROXY: "ci.example.com" }).fault, undefined);
    });
  }

  const exceptions: [noProxy: string, url: string, isExcluded: boolean][] = [
    ["*", HTTP, true],
    ["a.test, *", HTTP, true],
    ["ci.example.com", HTTP, true],
    ["CI.Example.Com.", HTTP, true],
    ["a.test ci.example.com", HTTP, true],
    [",,a.test,,ci.example.com,", HTTP, true],
    ['"ci.example.com"', HTTP, true],
    ["example.com", HTTP, true],
    [".example.com", HTTP, true],
    [".example.com", "http://example.com", true],
    ["*.example.com", HTTP, true],
    ["*.example.com", "http://example.com", false],
    ["ci.*.com", HTTP, true],
    ["c*.example.com", HTTP, true],
    ["i.example.com", HTTP, false],
    ["ample.com", HTTP, false],
    ["ciXexample.com", HTTP, false],
    ["com.example", HTTP, false],
    ["ci.example.com:8080", HTTP, true],
    ["ci.example.com:80", HTTP, false],
    ["ci.example.com:443", HTTPS, true],
    ["*:8080", HTTP, true],
    ["*:80", HTTP, false],
    ["http://ci.example.com:8080/jenkins", HTTP, true],
    ["http://other.test/", HTTP, false],
    ["bücher.example", "http://www.xn--bcher-kva.example", true],
    ["ci.example.com", "http://ci.example.com.", true],
    ["127.0.0.1", "http://127.0.0.1:8080", true],
    ["127.0.0.1:8080", "http://127.0.0.1:8080", true],
    ["127.*", "http://127.0.0.1", true],
    ["127.*", "http://10.0.0.127", false],
    ["10.0.0.0/8", "http://10.20.30.40", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["10.0.0.0/8:80", "http://10.20.30.40", true],
    ["10.0.0.0/8", "http://10.example.com", false],
    ["10.20.30.40/32", "http://10.20.30.40", true],
    ["0.0.0.0/0", "http://10.20.30.40", true],
    ["10.0.0.0/33", "http://10.0.0.0", false],
    ["10.0.0.0/", "http://10.0.0.0", false],
    ["10.0.0.0/a", "http://10.0.0.0", false],
    ["0.1", "http://10.0.0.1", false],
    ["::1", "http://[::1]:8080", true],
    ["[::1]", "http://[::1]:8080", true],
    ["[::1]:8080", "http://[::1]:8080", true],
    ["[::1]:80", "http://[::1]:8080", false],
    ["[::1]/128", "http://[::1]:8080", true],
    ["[fd00::]/8", "http://[fd12::1]", true],
    ["[fd00::]/8", "http://[fe80::1]", false],
    ["127.0.0.1:08080", "http://127.0.0.1:8080", true],
    ["0:0:0:0:0:0:0:1", "http://[::1]", true],
    ["fd00::/8", "http://[fd12::1]", true],
    ["fd00::/8", "http://[fe80::1]", false],
    ["localhost", "http://127.0.0.1", false],
    ["<local>", HTTP, false],
    ["", HTTP, false],
  ];
  for (const [noProxy, url, isExcluded] of exceptions) {
    it(`NO_PROXY "${noProxy}" ${isExcluded ? "excludes" : "does not exclude"} ${url}`, () => {
      const proxies = { HTTP_PROXY: "proxy:1", HTTPS_PROXY: "proxy:1" };
      const { proxy, exception } = chooseProxy(url, { ...proxies, NO_PROXY: noProxy });
      assert.deepEqual(
        [proxy === undefined, exception?.variable],
        isExcluded ? [true, "NO_PROXY"] : [false, undefined],
      );
    });
  }

  it("has exceptions from no_proxy first, unless that is empty, and the used exception is returned", () => {
    const all = { HTTP_PROXY: "proxy:1", NO_PROXY: "a.test,ci.example.com" };
    const { exception } = chooseProxy(HTTP, { ...all, no_proxy: "" });
    assert.deepEqual(exception, { entry: "ci.example.com", variable: "NO_PROXY" });
    assert.equal(chooseProxy(HTTP, { ...all, no_proxy: "b.test" }).proxy?.url, "http://proxy:1");
  });
});
