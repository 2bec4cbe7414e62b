import { globSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURES = "tests/fixtures/";

export interface Source {
  /** The path, relative to the root of the checkout. */
  path: string;
  text: string;
  tree: ts.SourceFile;
}

export interface Import {
  /** The path of our own file, relative to the root of the checkout, or the name of a package. */
  of: string;
  kind: "value" | "types" | "lazy";
}

const parsed = new Map<string, Source>();

/** The sources in these folders of the checkout, in alphabetical order. */
export function sourcesIn(...folders: string[]): Source[] {
  const paths = globSync(
    folders.map((folder) => `${folder}/**/*.{ts,mjs,js}`),
    { cwd: ROOT },
  );
  return paths
    .filter((path) => !path.startsWith(FIXTURES))
    .sort()
    .map(source);
}

function source(path: string): Source {
  const known = parsed.get(path);
  if (known) return known;
  const text = readFileSync(join(ROOT, path), "utf8");
  const found = { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
  parsed.set(path, found);
  return found;
}

/** `node` and all nodes below it. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [node];
  for (const one of found) ts.forEachChild(one, (child) => void found.push(child)); // The loop also visits the nodes that it adds.
  return found;
}

export function lineOf({ tree }: Source, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1;
}

export function importsOf({ path, tree }: Source): Import[] {
  return nodesOf(tree).flatMap((node): Import[] => {
    if (ts.isImportDeclaration(node)) {
      const isOfTypes = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      return [{ of: resolved(path, node.moduleSpecifier), kind: isOfTypes ? "types" : "value" }];
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      return [{ of: resolved(path, node.moduleSpecifier), kind: node.isTypeOnly ? "types" : "value" }];
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0]) {
      return [{ of: resolved(path, node.arguments[0]), kind: "lazy" }];
    }
    return [];
  });
}

function resolved(by: string, specifier: ts.Expression): string {
  const name = ts.isStringLiteralLike(specifier) ? specifier.text : specifier.getText();
  return name.startsWith(".") ? join(by, "..", name) : name;
}
