import assert from "node:assert/strict";
import axe from "axe-core";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { Browser, Page } from "playwright-core";
import { needs } from "../proxies/program.ts";
import { keepPicture, type Shown, show, startBrowser } from "../support/browser.ts";
import { ago, Reports, reportOf, token } from "../support/html-report.ts";

const HOSTILE = `</script><img src=x onerror="alert('1')"><b>${"\u202e"}&lt;`;
const SCHEMES = ["light", "dark"] as const;

/** 450 tokens on two controllers. Each name has its number, every seventh token is unused, and the first two are special. */
function fleet() {
  const tokens = Array.from({ length: 450 }, (_, index) =>
    token({
      userId: ["alice", "deploy-bot", "jane"][index % 3] ?? "",
      tokenName: `pipeline ${index}`,
      tokenUuid: `6fa1b7a9-7d1e-4a8c-9c1e-${String(index).padStart(12, "0")}`,
      createdAt: ago(400 - (index % 300)),
      lastUsedAt: ago(index % 7 === 3 ? 100 + (index % 300) : index % 60),
      useCount: index * 3,
      expiresOn: index % 5 === 0 ? undefined : ago(-20 - (index % 400)).slice(0, 10),
    }),
  );
  tokens[0] = token({ userId: HOSTILE, tokenName: HOSTILE, resource: HOSTILE, expiresOn: "unknown" });
  tokens[1] = token({
    tokenName: "shop/dev/old",
    isLeftover: true,
    useCount: 0,
    createdAt: ago(1000),
    isExpired: true,
  });
  const halves = [tokens.slice(0, 300), tokens.slice(300)];
  const report = reportOf([], { isFleet: true, whose: "all users" });
  const [pattern] = report.listings;
  assert.ok(pattern);
  report.listings = halves.map((half, index) => {
    return { ...pattern, url: `https://ci-${index}.example.com`, tokens: half, all: half.length };
  });
  report.all = tokens.length;
  const message =
    "Logging in to Jenkins as admin failed: GET https://old.example.com/whoAmI/api/json: the connection was refused.";
  return { ...report, failures: [{ name: "https://old.example.com", message }] };
}

async function column(page: Page, kind: string): Promise<string[]> {
  return await page.locator(`#rows [data-kind="${kind}"]`).allTextContents();
}

const sorting = (page: Page, name: string) => page.getByRole("columnheader", { name, exact: true });
const status = (page: Page) => page.getByRole("status").textContent();

describe("The page of pulumi-jenkins list --html in Chromium", () => {
  needs("chromium");
  let browser: Browser;
  let reports: Reports;
  let shown: Shown;
  let page: Page;

  before(async () => {
    browser = await startBrowser();
    reports = new Reports();
    await reports.write(fleet());
  });

  after(async () => {
    await browser?.close();
    reports?.end();
  });

  beforeEach(async () => {
    shown = await show(browser, reports.file);
    page = shown.page;
  });

  afterEach(async () => {
    await page.close();
    assert.deepEqual(shown.wrong, []);
  });

  it("shows the most urgent tokens first, in pages of 200", async () => {
    assert.equal((await column(page, "name"))[0], "shop/dev/old");
    assert.deepEqual([(await column(page, "name")).length, await status(page)], [200, "1 to 200 of 450 tokens"]);
    assert.equal(await sorting(page, "Findings").getAttribute("aria-sort"), "descending");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "Next" }).click();
    assert.deepEqual([(await column(page, "name")).length, await status(page)], [50, "401 to 450 of 450 tokens"]);
    assert.equal(await page.getByRole("button", { name: "Next" }).getAttribute("aria-disabled"), "true");
    await page.locator("#next").dispatchEvent("click");
    await page.getByRole("button", { name: "Previous" }).click();
    assert.equal(await status(page), "201 to 400 of 450 tokens");
  });

  it("sorts by each column in both directions, with unknown values last", async () => {
    for (const [name, kind, first, last] of [
      ["Uses", "number", "0", "1347"],
      ["Created", "created", "2023-09-19", "2026-03-06"],
      ["Expires", "expires", "expired", "never"],
      ["Name", "name", HOSTILE.replace("\u202e", "\\u202e"), "shop/dev/old"],
    ] as const) {
      await sorting(page, name).getByRole("button").click();
      assert.equal(await sorting(page, name).getAttribute("aria-sort"), "ascending");
      assert.equal((await column(page, kind))[0], first);
      await sorting(page, name).getByRole("button").click();
      assert.equal(await sorting(page, name).getAttribute("aria-sort"), "descending");
      assert.equal((await column(page, kind))[0], last);
      assert.equal(await page.locator("[aria-sort]").count(), 1);
    }
    await sorting(page, "Uses").getByRole("button").click();
    const uses = (await column(page, "number")).map(Number);
    assert.deepEqual(
      uses,
      uses.toSorted((one, other) => one - other),
    );
    await page.getByLabel("Text").fill("alice");
    await sorting(page, "Last used").getByRole("button").click();
    assert.equal((await column(page, "used"))[0], "never");
  });

  it("filters by text in any column, and by finding", async () => {
    await page.getByLabel("Text").fill("CI-1 Jane 000000000302");
    await page.locator("#rows tr").nth(1).waitFor({ state: "detached" });
    assert.deepEqual(await column(page, "name"), ["pipeline 302"]);
    assert.equal(await status(page), "1 token (450 without filters)");
    await page.getByLabel("Text").fill("no such token");
    await page.locator("#rows tr").waitFor({ state: "detached" });
    assert.equal(await status(page), "0 tokens (450 without filters)");
    await page.getByLabel("Text").fill("");
    await page.locator("#rows tr").nth(100).waitFor();
    await page.getByLabel("Findings").selectOption("left over");
    assert.deepEqual(await column(page, "name"), ["shop/dev/old"]);
    assert.deepEqual(await page.locator("#rows li").allTextContents(), ["expired", "left over"]);
  });

  it("marks no row for a note, and finds the tokens with a note by the filter", async () => {
    await page.getByLabel("Findings").selectOption("needs attention");
    const needing = Number((await status(page))?.split(" ")[0]);
    await page.getByLabel("Findings").selectOption("never expires");
    assert.equal(await status(page), "89 tokens (450 without filters)");
    assert.ok(needing > 0 && needing < 89);
    const marks = new Set(await page.locator("#rows li").allTextContents());
    assert.deepEqual(marks, new Set(["unused, never expires"]));
  });

  it("can be used with the keyboard alone", async () => {
    await page.getByRole("button", { name: "Show the tokens with the finding expired" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await status(page), "1 token (450 without filters)");
    const focused = () => page.evaluate("document.activeElement.id || document.activeElement.textContent");
    assert.equal(await focused(), "scroll");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Findings");
    for (let tabs = 0; tabs < 3; tabs++) await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    assert.equal(await sorting(page, "Name").getAttribute("aria-sort"), "ascending");
    assert.equal(await focused(), "Name");
    await page.getByLabel("Findings").focus();
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(), "text");
    await page.keyboard.type("jane");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Home");
    await page.getByText("150 tokens").waitFor();
  });

  it("shows hostile texts as plain text", async () => {
    await page.getByLabel("Text").fill("onerror");
    await page.locator("#rows tr").nth(1).waitFor({ state: "detached" });
    const text = HOSTILE.replace("\u202e", "\\u202e");
    assert.deepEqual([await column(page, "user"), await column(page, "name")], [[text], [text]]);
    assert.deepEqual(await column(page, "remarks"), [`resource ${text}`]);
    assert.equal(await page.locator("img, b:not(ol b)").count(), 0);
  });

  it("blocks everything except its own script and style", async () => {
    const refused = await page.evaluate(`new Promise((done) => {
      const seen = [];
      const note = (what) => seen.push(what) === 5 && setTimeout(() => done(seen.sort()), 100);
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => note(effectiveDirective));
      const image = document.createElement("img");
      image.src = "http://127.0.0.1:1/x";
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.body.append(image, style);
      try { document.body.innerHTML = "<p>"; } catch { note("innerHTML"); }
      fetch("http://127.0.0.1:1/y").catch(() => {});
    })`);
    const blocked = ["connect-src", "img-src", "innerHTML", "require-trusted-types-for", "style-src-elem"];
    assert.deepEqual(refused, blocked);
    assert.ok(shown.wrong.length > 0);
    shown.wrong.length = 0;
  });

  for (const scheme of SCHEMES) {
    for (const width of [375, 1280]) {
      it(`is accessible, without overflow, at ${width} pixels in the ${scheme} scheme`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 800 });
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
        await keepPicture(page, `${scheme}-${width}`);
        assert.equal(await page.getByRole("row").count(), 201);
        assert.equal(await page.getByRole("rowheader").count(), 200);
        await page.getByLabel("Findings").selectOption("left over"); // Only one row, because axe is slow with many.
        await page.evaluate(axe.source);
        const violations = await page.evaluate(
          "axe.run().then((found) => found.violations.map(({ id, nodes }) => [id, nodes[0].html]))",
        );
        assert.deepEqual(violations, []);
        assert.equal(await page.getByRole("img", { name: "Age Tokens by age: under 30 days: 0" }).count(), 1);
      });
    }
  }

  it("prints the figures, the plots and the visible rows, on white and without controls", async () => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.setViewportSize({ width: 1030, height: 730 });
    await keepPicture(page, "print");
    assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 1030);
    for (const control of ["#text", "#next", "[data-show]"])
      assert.ok(!(await page.locator(control).first().isVisible()));
    for (const part of ["svg", "#rows tr", "#shown"]) assert.ok(await page.locator(part).first().isVisible());
    const pages =
      (await page.pdf({ preferCSSPageSize: true })).toString("latin1").match(/\/Type \/Page\b/g)?.length ?? 0;
    assert.ok(pages > 2 && pages < 30, `${pages} pages`);
  });

  it("shows the figures without JavaScript", async () => {
    const { page, wrong } = await show(browser, reports.file, { javaScriptEnabled: false });
    assert.match(
      (await page.locator("dt, dd").allTextContents()).join(" "),
      /Tokens\s+450\s+Users with tokens\s+4\s+Need attention\s+65\s+Controllers\s+2 of 3/,
    );
    assert.ok(await page.getByText("The table of the tokens needs JavaScript").isVisible());
    for (const part of ["#table", "[data-show]"]) assert.ok(!(await page.locator(part).first().isVisible()));
    assert.equal(await page.locator("svg").count(), 3);
    assert.deepEqual(wrong, []);
    await page.close();
  });

  it("sorts and filters 100,000 tokens", async () => {
    const tokens = Array.from({ length: 100_000 }, (_, index) =>
      token({ tokenName: `pipeline ${index}`, useCount: index }),
    );
    const big = new Reports();
    await big.write(reportOf(tokens));
    const begun = Date.now();
    const { page, wrong } = await show(browser, big.file);
    const loaded = Date.now();
    await sorting(page, "Name").getByRole("button").click();
    const sorted = Date.now();
    await page.getByLabel("Text").fill("pipeline 99999");
    await page.getByText("1 token (100,000 without filters)").waitFor();
    const times = [loaded - begun, sorted - loaded, Date.now() - sorted];
    process.stdout.write(`  100,000 tokens: shown, sorted and filtered in ${times.join(", ")} ms\n`);
    assert.deepEqual([await column(page, "name"), wrong], [["pipeline 99999"], []]);
    await page.close();
    big.end();
  }).timeout("5m");
});
