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
      it(`shows documentation for every member of ${type.name} of ${basename(file)}`, () => {
        const members = checker.getDeclaredTypeOfSymbol(type).getProperties();
        const silent = members.filter((member) => member.getDocumentationComment(checker).length === 0);
        assert.ok(members.length > 0);
        assert.deepEqual(
          silent.map(({ name }) => name),
          [],
        );
      });
    }
  }

  const constructors = {
    "index.ts": { JenkinsApiToken: "JenkinsApiTokenArgs", RotatingJenkinsApiToken: "RotatingJenkinsApiTokenArgs" },
    "native.ts": {
      ...{ JenkinsApiToken: "JenkinsApiTokenArgs", RotatingJenkinsApiToken: "RotatingJenkinsApiTokenArgs" },
      Provider: "ProviderArgs",
    },
  };
  for (const [file, classes] of Object.entries(constructors)) {
    for (const [name, args] of Object.entries(classes)) {
      it(`shows ${args} as the arguments of a ${name} of ${file}, with documentation for each argument`, () => {
        const declared = exportsOf(FILES.find((one) => basename(one) === file) ?? "").find((one) => one.name === name);
        assert.ok(declared);
        const [signature] = checker.getTypeOfSymbol(declared).getConstructSignatures();
        const parameter = signature?.parameters[1];
        assert.ok(parameter);
        const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
        assert.equal(checker.typeToString(type), args);
        const silent = type.getProperties().filter((one) => one.getDocumentationComment(checker).length === 0);
        assert.deepEqual(silent, []);
      });
    }
  }

  it("shows the text in the table of properties as the documentation of an output", () => {
    const token = exportsOf(FILES[0] ?? "").find(({ name }) => name === "JenkinsApiToken");
    const userId = token && checker.getDeclaredTypeOfSymbol(token).getProperty("userId");
    const text = ts.displayPartsToString(userId?.getDocumentationComment(checker));
    assert.match(text, /^The owner's id, as the server spells it\.$/);
  });

  function exportsOf(file: string): ts.Symbol[] {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    const exports = module ? checker.getExportsOfModule(module) : [];
    return exports.filter((symbol) => !checker.getTypeOfSymbol(symbol).getCallSignatures().length);
  }
});
