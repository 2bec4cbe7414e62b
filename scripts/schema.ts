// Generates the text of schema.json, which describes the native resources and the function to Pulumi for all its languages.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as properties from "../provider/properties.ts";
import type { Property, Table } from "../provider/property.ts";
import { exampleUsage, importUsage } from "./samples.ts";

const fileOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const manifest = JSON.parse(readFileSync(fileOf("package.json"), "utf8"));
const [repository, owner, name] =
  /https:\/\/github\.com\/([^/]+)\/([^/]+)(?=\.git$)/.exec(manifest.repository.url) ?? [];

// Only these files contain the documentation, so their imports are not read.
const sources = [fileOf("provider/properties.ts"), fileOf("sdk/native.ts")];
const program = ts.createProgram(sources, { noResolve: true, strict: true, target: ts.ScriptTarget.ES2023, types: [] });
const checker = program.getTypeChecker();

type Exports = typeof properties;
/** The name of a table of properties. */
type TableName = { [Name in keyof Exports]: Exports[Name] extends Table ? Name : never }[keyof Exports];
const tables: Record<TableName, Table> = properties;

type Schema = Record<string, unknown>;
type Row = [name: string, property: Property, description: string];

const ref = (type: string) => ({ $ref: `#/types/jenkins:index:${type}` });

/** The text of schema.json. */
export function pulumiSchema(): string {
  const settings = rowsOf("CONNECTION");
  const schema = {
    name: "jenkins",
    displayName: "Jenkins",
    version: manifest.version,
    description: manifest.description,
    keywords: [...manifest.keywords, "category/infrastructure", "kind/native"],
    homepage: manifest.homepage,
    license: manifest.license,
    repository,
    pluginDownloadURL: `github://api.github.com/${owner}/${name}`,
    publisher: owner,
    logoUrl: `https://raw.githubusercontent.com/${owner}/${name}/main/docs/logo.svg`,
    meta: { moduleFormat: "(.*)" },
    config: { variables: propertiesOf(settings, byDefault) },
    types: typesOf(settings),
    provider: {
      description: describe(declared("Provider")),
      // No defaults from the environment, because generated classes would write them into the state, secrets too.
      inputProperties: propertiesOf(settings),
      properties: propertiesOf(settings.filter(([, { type }]) => type === "string")), // Generated providers can only have string outputs.
    },
    resources: resources(),
    functions: {
      "jenkins:index:getApiTokens": {
        description: `${describe(declared("getJenkinsApiTokens"))}\n\n${exampleUsage("getApiTokens")}`,
        inputs: objectOf("TOKEN_QUERY", "TokenQuery"),
        outputs: objectOf("TOKEN_REVIEW", "TokenReview"),
      },
    },
    language: packageNames(),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** The name of the package in each language. None of these packages is published. */
function packageNames(): Schema {
  return {
    // Not the name of our npm package, because `pulumi package add` would replace it in the program's package.json.
    nodejs: { packageName: `${manifest.name}-native`, respectSchemaVersion: true },
    python: { packageName: "pulumi_jenkins", pyproject: { enabled: true }, respectSchemaVersion: true },
    go: { importBasePath: `github.com/${owner}/${name}/sdk/go/jenkins`, respectSchemaVersion: true },
    // The defaults are `Pulumi` and `com.pulumi`, which are reserved for Pulumi on NuGet and Maven Central.
    csharp: { rootNamespace: "PulumiJenkins", respectSchemaVersion: true },
    java: { basePackage: "io.github.pulumijenkins" },
  };
}

function typesOf(settings: Row[]): Schema {
  return {
    "jenkins:index:Connection": {
      description: describe(declared("ConnectionArguments")),
      type: "object",
      properties: propertiesOf(settings, replacing),
    },
    "jenkins:index:RotatedToken": objectOf("ROTATED_TOKEN", "RotatedToken"),
    "jenkins:index:ReviewedToken": objectOf("REVIEWED_TOKEN", "ReviewedToken"),
  };
}

function resources(): Schema {
  const entries = Object.entries(properties.RESOURCES).map(([type, { className, ...tables }]) => {
    const inputs = nameOf(tables.inputs);
    const observed = nameOf(tables.observed);
    const declarable = rowsOf(inputs).filter(([, { only }]) => only !== "dynamic");
    const requiredInputs = requiredOf(inputs);
    const resource = {
      description: [describe(declared(className)), exampleUsage(type), importUsage(type)].join("\n\n"),
      inputProperties: propertiesOf(declarable, replacing),
      ...(requiredInputs.length > 0 && { requiredInputs }),
      properties: { ...propertiesOf(declarable.filter(([, { only }]) => !only)), ...propertiesOf(rowsOf(observed)) },
      required: [...requiredInputs, ...requiredOf(observed)],
      aliases: [{ type: `pulumi-nodejs:dynamic/jenkins:${type}` }],
      ...("lists" in tables && { listInputs: objectOf(nameOf(tables.lists), "TokenQuery") }),
    };
    return [`jenkins:index:${type}`, resource] as const;
  });
  return Object.fromEntries(entries);
}

/** The name of the constant that declares a table. */
function nameOf(table: Table): TableName {
  const name = Object.entries(tables).find(([, one]) => one === table)?.[0];
  return name as TableName;
}

/** The rows of a table with their documentation. */
function rowsOf(table: TableName): Row[] {
  const members = membersOf(declared(table));
  return Object.entries<Property>(tables[table]).map(([name, property]) => {
    const member = members.find((one) => one.name === name);
    if (!member) throw new Error(`There is no ${table}.${name}`);
    return [name, property, describe(member)];
  });
}

/** The members of the object literal in `export const TABLE = {...} as const satisfies Table`. */
function membersOf({ valueDeclaration }: ts.Symbol): ts.Symbol[] {
  let literal = valueDeclaration && ts.isVariableDeclaration(valueDeclaration) && valueDeclaration.initializer;
  while (literal && (ts.isAsExpression(literal) || ts.isSatisfiesExpression(literal))) literal = literal.expression;
  return literal ? checker.getPropertiesOfType(checker.getTypeAtLocation(literal)) : [];
}

/** The properties in the form of Pulumi's schema. */
function propertiesOf(rows: Row[], more: (property: Property) => Schema | undefined = () => undefined) {
  const entries = rows.map(([name, property, description]) => {
    const secret = property.secret && { secret: true };
    return [name, { ...typeOf(property.type), description, ...secret, ...more(property) }] as const;
  });
  return Object.fromEntries(entries);
}

function replacing({ replaces }: Property): Schema | undefined {
  return replaces && { willReplaceOnChanges: true };
}

/** A map gets no default from the environment, because the generated code would not compile. */
function byDefault({ environment, type }: Property): Schema | undefined {
  return environment && type !== "texts" ? { defaultInfo: { environment } } : undefined;
}

/** A table as an object type of the schema. */
function objectOf(table: TableName, interfaceName: string) {
  const required = requiredOf(table);
  return {
    description: describe(declared(interfaceName)),
    type: "object",
    properties: propertiesOf(rowsOf(table)),
    ...(required.length > 0 && { required }),
  };
}

function typeOf(type: Property["type"]): Schema {
  if (type === "connection") return ref("Connection");
  if (type === "rotated") return ref("RotatedToken");
  if (type === "reviewedTokens") return { type: "array", items: ref("ReviewedToken") };
  if (type === "texts") return { type: "object", additionalProperties: { type: "string" } };
  // Not an enumeration, because mypy, Java and C# would not accept a plain string. The description has the allowed strings.
  return { type: typeof type === "string" ? type : "string" };
}

/** The properties of a table that are always present. */
function requiredOf(table: TableName): string[] {
  return rowsOf(table).flatMap(([name, { required }]) => (required ? [name] : []));
}

/** The table, interface or class with this name. */
function declared(name: string): ts.Symbol {
  const symbols = sources.flatMap((source) => {
    const file = program.getSourceFile(source);
    const module = file && checker.getSymbolAtLocation(file);
    return module ? checker.getExportsOfModule(module) : [];
  });
  const symbol = symbols.find((one) => one.name === name);
  if (!symbol) throw new Error(`There is no ${name}`);
  return symbol;
}

/** The doc comment as Markdown, with each paragraph on one line. */
function describe(symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  if (!text) throw new Error(`${symbol.name} has no doc comment`);
  return text.replace(/\{@link (\S+?)\}/g, "$1").replace(/(?<!\n)\n(?!\n)/g, " ");
}
