import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Import {
  /** The importing file, from the root of the checkout. */
  by: string;
  /** A file of ours in the same form, or the name of a package. */
  of: string;
  typesOnly: boolean;
  /** Imported only when it is needed. */
  lazy: boolean;
}

/** One row of the table in DESIGN.md: files or folders, and how far up they are. */
interface Row {
  rank: number;
  path: string;
}

const rows: Row[] = [...text("DESIGN.md").matchAll(/^\| (\d+) \| ([^|]+) \|/gm)].flatMap(([, rank, paths = ""]) =>
  [...paths.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => ({ rank: Number(rank), path })),
);

describe("Imports", () => {
  it("run one way in provider/, as the table in DESIGN.md says", () => {
    const upwards = importsIn("provider/**/*.ts").filter(({ by, of }) => {
      const [from, to] = [rowOf(by), rowOf(of)];
      return from && to && from !== to && from.rank <= to.rank;
    });
    assert.deepEqual(upwards, []);
  });

  it("find every file of provider/ in exactly one row of that table, and no row without a file", () => {
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

  it("of sdk/ in provider/ are of types and the table of properties, but for one function, loaded when it is called", () => {
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

  it("of provider/ never are of sdk/, or of this package by its name", () => {
    const back = importsIn("provider/**/*.ts").filter(({ of }) => /^(sdk\/|pulumi-jenkins)/.test(of));
    assert.deepEqual(back, []);
  });

  it("of Pulumi are found in sdk/ alone, but for its protocol in a plugin", () => {
    const ofPulumi = importsIn("provider/**/*.ts").filter(({ of }) => of.startsWith("@pulumi/"));
    const ofProtocol = ({ by, of }: Import) =>
      by.startsWith("provider/plugin/") && of.startsWith("@pulumi/pulumi/proto/");
    assert.deepEqual(
      ofPulumi.filter((one) => !ofProtocol(one)),
      [],
    );
  });

  it("of the simulated Jenkins use nothing of this package, so that both never have the same mistake", () => {
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
