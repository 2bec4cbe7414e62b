/** Checks the types of programs in TypeScript and JavaScript against the built package. */
import { join } from "node:path";
import ts from "typescript";
import { type Block, ROOT } from "./blocks.ts";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  types: ["node"],
  skipLibCheck: true,
  allowJs: true,
  checkJs: true,
  noEmit: true,
};

const EXTENSIONS: Record<string, string> = { ts: "mts", typescript: "mts", js: "mjs" };

export const isProgram = ({ language }: Block): boolean => language in EXTENSIONS;

/**
 * The type errors of the programs. A program without an import continues another one, so the class is imported for it.
 *
 * @param folder the imported packages are resolved from here.
 */
export function mistakesInTypes(blocks: Block[], folder = join(ROOT, "examples/basic")): string[] {
  const programs = new Map(
    blocks.map((block, index) => {
      const path = join(folder, `block-${index}.${EXTENSIONS[block.language]}`);
      const given = /^import /m.test(block.text) ? "" : 'import { JenkinsApiToken } from "pulumi-jenkins"; ';
      return [path, { at: block.at, text: given + block.text }];
    }),
  );
  const { fileExists, getSourceFile, ...host } = ts.createCompilerHost(OPTIONS);
  const program = ts.createProgram([...programs.keys()], OPTIONS, {
    ...host,
    fileExists: (path) => programs.has(path) || fileExists(path),
    getSourceFile: (path, version, ...rest) => {
      const text = programs.get(path)?.text;
      return text === undefined
        ? getSourceFile(path, version, ...rest)
        : ts.createSourceFile(path, text, version, true);
    },
  });
  return [...programs].flatMap(([path, { at }]) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${at}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  });
}
