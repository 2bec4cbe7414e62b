import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Import {
  /** The importing file, relative to the root of the checkout. */
  by: string;
  /** A file of this repository in the same form, or the name of a package. */
  of: string;
  typesOnly: boolean;
  /** Imported only when it is needed. */
  lazy: boolean;
}

/** A file or folder in the table of DESIGN.md, with its rank. */
interface Row {
  rank: number;
  path: string;
}

const rows: Row[] = [...text("DESIGN.md").matchAll(/^\| (\d+) \| ([^|]+) \|/gm)].flatMap(([, rank, paths = ""]) =>
  [...paths.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => ({ rank: Number(rank), path })),
);

describe("Imports", () => {
  it("in provider/ come only from lower ranks of the table in DESIGN.md", () => {
    const upwards = importsIn("provider/**/*.ts").filter(({ by, of }) => {
      const [from, to] = [rowOf(by), rowOf(of)];
      return from && to && from !== to && from.rank <= to.rank;
    });
    assert.deepEqual(upwards, []);
  });

  it("are checked for every file: each is in exactly one row of that table, and each row has a file", () => {
    const files = globSync("provider/**/*.ts", { cwd: ROOT });
    assert.deepEqual(
      files.filter((file) => rows.filter((row) => holds(row, file)).length !== 1),
      [],
    );
    assert.deepEqual(
      rows.filter((row) => !files.some((file) => holds(row, file))),
      [],
    );
  });

  it("from provider/ in sdk/ are types, the table of properties, and one function that is loaded when called", () => {
    const table = "provider/properties.ts";
    assert.deepEqual(
      importsIn(table).filter(({ typesOnly }) => !typesOnly),
      [],
    );
    const others = importsIn("sdk/**/*.ts").filter(({ of, typesOnly }) => {
      return of.startsWith("provider/") && of !== table && !typesOnly;
    });
    assert.deepEqual(
      others.map(({ by, of, lazy }) => ({ by, of, lazy })),
      [
        { by: "sdk/get-jenkins-api-tokens.ts", of: "provider/resources/get-tokens.ts", lazy: true },
        { by: "sdk/get-jenkins-api-tokens.ts", of: "provider/resources/context.ts", lazy: true },
      ],
    );
  });

  it("in provider/ never come from sdk/ or from this package by its name", () => {
    const back = importsIn("provider/**/*.ts").filter(({ of }) => /^(sdk\/|pulumi-jenkins)/.test(of));
    assert.deepEqual(back, []);
  });

  it("from Pulumi's packages in provider/ are only those of its protocol, in provider/plugin/", () => {
    const ofPulumi = importsIn("provider/**/*.ts").filter(({ of }) => of.startsWith("@pulumi/"));
    const ofProtocol = ({ by, of }: Import) =>
      by.startsWith("provider/plugin/") && of.startsWith("@pulumi/pulumi/proto/");
    assert.deepEqual(
      ofPulumi.filter((one) => !ofProtocol(one)),
      [],
    );
  });

  it("in the simulated Jenkins never come from this package, so that both can't share a mistake", () => {
    const shared = importsIn("tests/jenkins/**/*.ts").filter(({ of }) => /^(provider\/|sdk\/|pulumi-jenkins)/.test(of));
    assert.deepEqual(shared, []);
  });
});

function importsIn(pattern: string): Import[] {
  const files = globSync(pattern, { cwd: ROOT });
  assert.ok(files.length > 0, `no files in ${pattern}`);
  return files.flatMap((by) => {
    const statements = text(by).matchAll(/^(?:import|export)( type)?\b(?:[^;"]*\bfrom)? "([^"]+)";/gm);
    const calls = text(by).matchAll(/\bimport\(()"([^"]+)"\)/g);
    const found = (lazy: boolean, [, type, of = ""]: RegExpExecArray): Import => {
      return { by, of: of.startsWith(".") ? join(by, "..", of) : of, typesOnly: Boolean(type), lazy };
    };
    return [...[...statements].map((one) => found(false, one)), ...[...calls].map((one) => found(true, one))];
  });
}

function rowOf(file: string): Row | undefined {
  return rows.find((row) => holds(row, file));
}

function holds({ path }: Row, file: string): boolean {
  return path.endsWith("/") ? file.startsWith(path) : file === path;
}

function text(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
