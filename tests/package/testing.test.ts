import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { after, before, describe, it } from "mocha";
import { Projects, QUIETLY, ROOT, run, writeFiles } from "./projects.ts";

const PAGE = "docs/testing.md";

/** The packages that the page tells readers to install, at the tested versions. */
const DEVELOPMENT = {
  "@swc/core": "1.16.22",
  "@swc/jest": "0.2.39",
  "@types/node": "22.20.5",
  jest: "30.5.2",
  typescript: "6.0.3",
  vitest: "5.1.2",
};

type Files = Record<string, string>;

const program: Files = { ...filesIn("The program"), ...filesIn("The mocks") };

/** A mistake for each test on the page, which that test has to detect. */
const MISTAKES = [
  ["expiresInDays: 90", "expiresInDays: 30"],
  ["JENKINS_API_TOKEN: token.tokenValue", "JENKINS_API_TOKEN: pulumi.unsecret(token.tokenValue)"],
  ["token.userId}:", "token.userId} "],
  ["all.map", "all.slice(1).map"],
] as const;

describe(`The programs in ${PAGE}`, function () {
  this.timeout("15m");
  const projects = new Projects();
  let folder: string;

  before(async () => {
    await projects.pack();
    const dependencies = { ...projects.dependencies, "@pulumi/command": "1.2.1" };
    folder = projects.add("testing", {}, { type: "module", dependencies, devDependencies: DEVELOPMENT });
    writeFiles(folder, filesIn("Set up"));
    await run("npm", ["install", "--ignore-scripts", ...QUIETLY], folder);
  });

  it("need only packages that the page names", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const named = new Set(
      [...readFileSync(join(ROOT, PAGE), "utf8").matchAll(/npm install (.*?)[`\n]/g)].flatMap(([, words = ""]) =>
        words.split(" "),
      ),
    );
    const installed = Object.keys({ ...dependencies, ...devDependencies });
    assert.deepEqual(
      installed.filter((name) => !named.has(name)),
      [],
    );
  });

  for (const runner of ["node:test", "Vitest", "Jest"]) {
    const files = { ...program, ...filesIn(runner) };

    it(`pass with ${runner}, with the dynamic class and with the native class`, async () => {
      await test(runner, files);
      await run("node", ["node_modules/typescript/bin/tsc"], folder);
      await test(runner, changed(files, [['"pulumi-jenkins"', '"pulumi-jenkins/native"']]));
    });

    it(`fail with ${runner} if the program contains the mistakes that they test for`, async () => {
      const failed = await test(runner, changed(files, MISTAKES)).catch(({ message }) => message);
      assert.match(stripVTControlCharacters(String(failed)), /\b4 failed|fail 4\b/);
    });
  }

  after(() => projects.remove());

  async function test(runner: string, files: Files): Promise<void> {
    for (const file of ["index.test.ts", "jest.config.json"]) rmSync(join(folder, file), { force: true });
    writeFiles(folder, files);
    await run("sh", ["-c", commandIn(runner)], folder);
  }
});

/** The files in a chapter. The name of each file is in the text before it. */
function filesIn(title: string): Files {
  const found = chapter(title).matchAll(/`(\w[\w.]*)`[^`]*:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...found].map(([, name = "", content = ""]) => [name, content]));
}

function commandIn(title: string): string {
  return /```sh\n(.*)\n```/.exec(chapter(title))?.[1] ?? assert.fail(`${title} shows no command`);
}

function chapter(title: string): string {
  const page = readFileSync(join(ROOT, PAGE), "utf8");
  return page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? assert.fail(`${PAGE} has no ${title}`);
}

/** `files`, with words in the program replaced. */
function changed(files: Files, words: readonly (readonly [string, string])[]): Files {
  const source = words.reduce((text, [word, other]) => {
    assert.ok(text.includes(word), word);
    return text.replace(word, () => other);
  }, files["index.ts"] ?? "");
  return { ...files, "index.ts": source };
}
