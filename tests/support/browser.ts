/** A headless Chromium that shows a file, reaches no other machine, and records problems. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { pathOf } from "../proxies/program.ts";

export interface Shown {
  page: Page;
  /** Console messages, script errors, dialogs, and the URLs of all requests except the file. */
  wrong: string[];
}

export async function startBrowser(): Promise<Browser> {
  const args = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"];
  return await chromium.launch({ executablePath: pathOf("chromium") ?? "chromium", args });
}

export async function show(
  browser: Browser,
  file: string,
  options: { javaScriptEnabled?: boolean } = {},
): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  const wrong: string[] = [];
  const address = pathToFileURL(file).href;
  page.on("console", (message) => wrong.push(message.text()));
  page.on("pageerror", ({ message }) => wrong.push(message));
  page.on("dialog", (dialog) => {
    wrong.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => request.url() !== address && wrong.push(request.url()));
  await page.goto(address);
  return { page, wrong };
}

/** `SCREENSHOTS=folder` saves a picture of the top of the page there, for people. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const { width } = page.viewportSize() ?? { width: 0 };
  const clip = { x: 0, y: 0, width, height: 2500 };
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, clip });
}
