import assert from "node:assert/strict";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import ts from "typescript";

const FILES = ["sdk/index.ts", "sdk/native.ts"].map((path) => fileURLToPath(new URL(`../../${path}`, import.meta.url)));

describe("An editor", () => {
  const program = ts.createProgram(FILES, {
    ...{ module: ts.ModuleKind.NodeNext, strict: true, types: ["node"] },
    ...{ noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
  });
  const checker = program.getTypeChecker();

  for (const file of FILES) {
    for (const type of exportsOf(file)) {
      it(`shows what everything means that is in a ${type.name} of ${basename(file)}`, () => {
        const members = checker.getDeclaredTypeOfSymbol(type).getProperties();
        const silent = members.filter((member) => member.getDocumentationComment(checker).length === 0);
        assert.ok(members.length > 1);
        assert.deepEqual(
          silent.map(({ name }) => name),
          [],
        );
      });
    }
  }

  function exportsOf(file: string): ts.Symbol[] {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    const exports = module ? checker.getExportsOfModule(module) : [];
    return exports.filter((symbol) => !checker.getTypeOfSymbol(symbol).getCallSignatures().length);
  }
});
