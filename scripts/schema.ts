// Writes schema.json, from which Pulumi knows the native resource and function in all its languages: npm run schema
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import {
  CONNECTION,
  INPUTS,
  OBSERVED,
  REVIEWED_TOKEN,
  ROTATED_TOKEN,
  ROTATING_INPUTS,
  ROTATING_OBSERVED,
  TOKEN_QUERY,
  TOKEN_REVIEW,
} from "../provider/properties.ts";
import type { Property, Table } from "../provider/property.ts";

const fileOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const manifest = JSON.parse(readFileSync(fileOf("package.json"), "utf8"));
const [repository, owner, name] =
  /https:\/\/github\.com\/([^/]+)\/([^/]+)(?=\.git$)/.exec(manifest.repository.url) ?? [];

// The documentation stands in these files alone: what they import is not looked at.
const sources = [fileOf("provider/properties.ts"), fileOf("sdk/native.ts")];
const program = ts.createProgram(sources, { noResolve: true, strict: true, target: ts.ScriptTarget.ES2023, types: [] });
const checker = program.getTypeChecker();

const TABLES = {
  CONNECTION,
  INPUTS,
  OBSERVED,
  REVIEWED_TOKEN,
  ROTATED_TOKEN,
  ROTATING_INPUTS,
  ROTATING_OBSERVED,
  TOKEN_QUERY,
  TOKEN_REVIEW,
};
type Schema = Record<string, unknown>;
type Row = [name: string, property: Property, description: string];

const ref = (type: string) => ({ $ref: `#/types/jenkins:index:${type}` });

if (import.meta.main) writeFileSync(fileOf("schema.json"), pulumiSchema());

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
    meta: { moduleFormat: "(.*)" },
    config: { variables: propertiesOf(settings, byDefault) },
    types: typesOf(settings),
    provider: {
      description: describe(declared("Provider")),
      // Without defaults from the environment: generated classes would write them, secrets too, into the state.
      inputProperties: propertiesOf(settings),
      properties: propertiesOf(settings.filter(([, { type }]) => type === "string")), // Generated providers have no outputs but texts.
    },
    resources: resources(),
    functions: {
      "jenkins:index:getApiTokens": {
        description: describe(declared("getJenkinsApiTokens")),
        inputs: objectOf("TOKEN_QUERY", "TokenQuery"),
        outputs: objectOf("TOKEN_REVIEW", "TokenReview"),
      },
    },
    language: {
      nodejs: { packageName: manifest.name, respectSchemaVersion: true },
      python: { packageName: "pulumi_jenkins", pyproject: { enabled: true }, respectSchemaVersion: true },
      go: { importBasePath: `github.com/${owner}/${name}/sdk/go/jenkins`, respectSchemaVersion: true },
      csharp: { respectSchemaVersion: true },
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function typesOf(settings: Row[]): Schema {
  return {
    "jenkins:index:Connection": {
      description: describe(declared("ConnectionArguments")),
      type: "object",
      properties: propertiesOf(settings, replacing),
    },
    "jenkins:index:Via": enumeration("INPUTS"),
    "jenkins:index:NamedVia": enumeration("ROTATING_INPUTS"),
    "jenkins:index:RotatedToken": objectOf("ROTATED_TOKEN", "RotatedToken"),
    "jenkins:index:ReviewedToken": objectOf("REVIEWED_TOKEN", "ReviewedToken"),
  };
}

function resources(): Schema {
  const inputs = rowsOf("INPUTS").filter(([, { only }]) => only !== "dynamic");
  const rotating = propertiesOf(rowsOf("ROTATING_INPUTS"), replacing);
  return {
    "jenkins:index:ApiToken": {
      description: describe(declared("JenkinsApiToken")),
      inputProperties: propertiesOf(inputs, replacing),
      properties: { ...propertiesOf(inputs), ...propertiesOf(rowsOf("OBSERVED")) },
      required: requiredOf("OBSERVED"),
      aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:ApiToken" }],
    },
    "jenkins:index:RotatingApiToken": {
      description: describe(declared("RotatingJenkinsApiToken")),
      inputProperties: rotating,
      requiredInputs: requiredOf("ROTATING_INPUTS"),
      properties: { ...rotating, ...propertiesOf(rowsOf("ROTATING_OBSERVED")) },
      required: [...requiredOf("ROTATING_INPUTS"), ...requiredOf("ROTATING_OBSERVED")],
      aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:RotatingApiToken" }],
    },
  };
}

/** The rows of a table with their documentation. */
function rowsOf(table: keyof typeof TABLES): Row[] {
  const members = membersOf(declared(table));
  return Object.entries<Property>(TABLES[table] as Table).map(([name, property]) => {
    const member = members.find((one) => one.name === name);
    if (!member) throw new Error(`There is no ${table}.${name}`);
    return [name, property, describe(member)];
  });
}

/** The members of the literal in `export const TABLE = {...} as const satisfies Table`. */
function membersOf({ valueDeclaration }: ts.Symbol): ts.Symbol[] {
  let literal = valueDeclaration && ts.isVariableDeclaration(valueDeclaration) && valueDeclaration.initializer;
  while (literal && (ts.isAsExpression(literal) || ts.isSatisfiesExpression(literal))) literal = literal.expression;
  return literal ? checker.getPropertiesOfType(checker.getTypeAtLocation(literal)) : [];
}

/** The properties as Pulumi's schema has them. */
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

function byDefault({ environment }: Property): Schema | undefined {
  return environment && { defaultInfo: { environment } };
}

/** A table as a type of its own. */
function objectOf(table: keyof typeof TABLES, interfaceName: string) {
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
  if (typeof type === "string") return { type };
  return ref(type.includes("legacy") ? "Via" : "NamedVia"); // A legacy token has no name.
}

/** The ways to the tokens that a table allows. */
function enumeration(table: "INPUTS" | "ROTATING_INPUTS") {
  const description = rowsOf(table).find(([name]) => name === "via")?.[2];
  return { description, type: "string", enum: TABLES[table].via.type.map((value) => ({ value })) };
}

/** The properties of a table that are always there. */
function requiredOf(table: keyof typeof TABLES): string[] {
  return rowsOf(table).flatMap(([name, { required }]) => (required ? [name] : []));
}

/** The table, interface or class of a name. */
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

/** The doc comment as Markdown, each paragraph on a line of its own. */
function describe(symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  if (!text) throw new Error(`${symbol.name} has no doc comment`);
  return text.replace(/\{@link (\S+?)\}/g, "$1").replace(/(?<!\n)\n(?!\n)/g, " ");
}
