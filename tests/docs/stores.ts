/** The programs in the document about stores for a token's value, and the packages of these stores. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Block, blocksOf, ROOT } from "./blocks.ts";
import { isProgram } from "./programs.ts";

const DOCUMENT = "docs/where-the-value-goes.md";
const FIXTURES = join(ROOT, "tests/fixtures/stores");

/** The programs in the document. Each continues the first block, and has the heading above it as its name. */
export function storePrograms(): (Block & { heading: string })[] {
  const text = readFileSync(join(ROOT, DOCUMENT), "utf8");
  const [first, ...parts] = blocksOf({ path: DOCUMENT, text }).filter(isProgram);
  return parts.map((block) => {
    const line = Number(block.at.split(":")[1]);
    const above = text.split("\n").slice(0, line);
    const heading = above.findLast((one) => one.startsWith("## "))?.slice(3) ?? "";
    return { ...block, heading, text: first?.text + block.text };
  });
}

/** The commands in the document, which write the value into a file. */
export function fileCommands(): string {
  const text = readFileSync(join(ROOT, DOCUMENT), "utf8");
  return blocksOf({ path: DOCUMENT, text }).find(({ language }) => language === "sh")?.text ?? "";
}

/** Installs the packages of the stores from npm. Packages that Pulumi generates from Terraform providers come from fixtures. */
export async function installStores(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-stores-"));
  cpSync(join(FIXTURES, "package.json"), join(folder, "package.json"));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"];
  await promisify(execFile)("npm", ["install", ...flags], { cwd: folder });
  const place = (name: string, target: string) => {
    rmSync(join(folder, "node_modules", name), { recursive: true, force: true });
    symlinkSync(target, join(folder, "node_modules", name));
  };
  place("pulumi-jenkins", ROOT);
  place("@pulumi/pulumi", join(ROOT, "node_modules/@pulumi/pulumi")); // The mocks are set in this copy.
  for (const name of ["gitlab", "jenkins"]) place(`@pulumi/${name}`, join(FIXTURES, name));
  return folder;
}
