import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { ROOT } from "./blocks.ts";

describe("The site of API reference and guides", function () {
  this.timeout("5m");
  let folder: string;
  let pages: Record<string, string>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-site-"));
    const typedoc = join(ROOT, "node_modules/typedoc/bin/typedoc");
    const env = { ...process.env, NODE_V8_COVERAGE: "" };
    await promisify(execFile)(process.execPath, [typedoc, "--logLevel", "Warn", "--out", folder], { cwd: ROOT, env });
    const paths = globSync("**/*.html", { cwd: folder });
    pages = Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  });

  after(() => rmSync(folder, { recursive: true }));

  it("has a page for each guide, and for each class and function", () => {
    const guides = globSync("docs/!(README|_index).md", { cwd: ROOT });
    const documents = Object.keys(pages).filter((path) => path.startsWith("documents/"));
    assert.ok(documents.length > guides.length);
    for (const name of ["JenkinsApiToken", "RotatingJenkinsApiToken", "getJenkinsApiTokens"])
      assert.ok(
        Object.keys(pages).some((path) => path.endsWith(`.${name}.html`)),
        name,
      );
  });

  it("has no dead links between its pages", () => {
    const links = Object.entries(pages).flatMap(([path, html]) => {
      return [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, target = ""]) => ({ path, target }));
    });
    const own = links.filter(({ target }) => !/^(https?|mailto):/.test(target));
    assert.ok(own.length > 1000);
    assert.deepEqual(
      new Set(own.filter((link) => isDead(link)).map(({ path, target }) => `${path}: ${target}`)),
      new Set(),
    );
  });

  it("shows no markup that only Pulumi's registry understands", () => {
    for (const [path, html] of Object.entries(pages)) assert.doesNotMatch(html, /<p>\{\{(&lt;|%)/, path);
  });

  function isDead({ path, target }: { path: string; target: string }): boolean {
    const [file = "", anchor] = decodeURI(target).split("#");
    const aimed = file === "" ? path : join(dirname(path), file);
    if (!existsSync(join(folder, aimed))) return true;
    const html = pages[aimed];
    return Boolean(anchor) && html !== undefined && !html.includes(` id="${anchor}"`);
  }
});
