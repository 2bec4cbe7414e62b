// Writes schema.json, from which Pulumi knows the native resource and function in all its languages: npm run schema
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { VARIABLES } from "../provider/settings/connection.ts";
import { REPLACING, SECRETS } from "../provider/settings/schema.ts";

const fileOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const manifest = JSON.parse(readFileSync(fileOf("package.json"), "utf8"));
const [repository, owner, name] =
  /https:\/\/github\.com\/([^/]+)\/([^/]+)(?=\.git$)/.exec(manifest.repository.url) ?? [];

// Types and texts stand in these files alone: what they import is not looked at.
const sources = [fileOf("provider/properties.ts"), fileOf("sdk/native.ts")];
const program = ts.createProgram(sources, { noResolve: true, strict: true, target: ts.ScriptTarget.ES2023, types: [] });
const checker = program.getTypeChecker();

interface Type {
  type?: string;
  additionalProperties?: Type;
  items?: Type;
  $ref?: string;
}
interface Property extends Type {
  description: string;
  secret?: true;
}
type Properties = Record<string, Property>;

/** The types that have names, by their texts in TypeScript. */
const NAMED: Record<string, string> = {
  ConnectionArguments: "Connection",
  ReviewedToken: "ReviewedToken",
  RotatedToken: "RotatedToken",
  '"rest" | "scriptConsole" | "legacy"': "Via",
  '"rest" | "scriptConsole"': "NamedVia", // Of tokens that have names, which a legacy token has not.
};

if (import.meta.main) writeFileSync(fileOf("schema.json"), pulumiSchema());

/** The text of schema.json. */
export function pulumiSchema(): string {
  const settings = propertiesOf("ConnectionArguments");
  const { autoName, ...inputs } = propertiesOf("Inputs"); // The native provider makes it itself.
  const rotating = mapped(propertiesOf("RotatingInputs"), (name) => name === "user" && { willReplaceOnChanges: true });
  const texts = Object.entries(settings).filter(([, { type }]) => type === "string");
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
    config: { variables: withDefaults(settings) },
    types: {
      "jenkins:index:Connection": {
        description: describe(declared("ConnectionArguments")),
        type: "object",
        properties: withReplacing(settings),
      },
      "jenkins:index:Via": enumeration("Inputs", "via"),
      "jenkins:index:NamedVia": enumeration("RotatingInputs", "via"),
      "jenkins:index:RotatedToken": objectOf("RotatedToken"),
      "jenkins:index:ReviewedToken": objectOf("ReviewedToken"),
    },
    provider: {
      description: describe(declared("Provider")),
      // Without defaults from the environment: generated classes would write them, secrets too, into the state.
      inputProperties: settings,
      properties: Object.fromEntries(texts), // Generated providers have no outputs but texts.
    },
    resources: {
      "jenkins:index:ApiToken": {
        description: describe(declared("JenkinsApiToken")),
        inputProperties: withReplacing(inputs),
        properties: { ...inputs, ...propertiesOf("Observed") },
        required: requiredOf("Observed"),
        aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:ApiToken" }],
      },
      "jenkins:index:RotatingApiToken": {
        description: describe(declared("RotatingJenkinsApiToken")),
        inputProperties: rotating,
        requiredInputs: requiredOf("RotatingInputs"),
        properties: { ...rotating, ...propertiesOf("RotatingObserved") },
        required: [...requiredOf("RotatingInputs"), ...requiredOf("RotatingObserved")],
        aliases: [{ type: "pulumi-nodejs:dynamic/jenkins:RotatingApiToken" }],
      },
    },
    functions: {
      "jenkins:index:getApiTokens": {
        description: describe(declared("getJenkinsApiTokens")),
        inputs: objectOf("TokenQuery"),
        outputs: objectOf("TokenReview"),
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

/** The properties of an interface, as Pulumi's schema has them. */
function propertiesOf(interfaceName: string): Properties {
  return Object.fromEntries(
    membersOf(interfaceName).map((member) => {
      const property = { ...typeOf(member), description: describe(member) };
      return [member.name, SECRETS.includes(member.name) ? { ...property, secret: true } : property];
    }),
  );
}

/** An interface as a type of its own. */
function objectOf(interfaceName: string) {
  const required = requiredOf(interfaceName);
  return {
    description: describe(declared(interfaceName)),
    type: "object",
    properties: propertiesOf(interfaceName),
    ...(required.length > 0 && { required }),
  };
}

function typeOf(member: ts.Symbol): Type {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(member));
  const text = checker.typeToString(type);
  if (text === "number" && /(Days|Count)$/.test(member.name)) return { type: "integer" }; // Seconds may be parts of one.
  if (text === "string" || text === "number" || text === "boolean") return { type: text };
  if (text === "Record<string, string>") return { type: "object", additionalProperties: { type: "string" } };
  if (NAMED[text]) return { $ref: `#/types/jenkins:index:${NAMED[text]}` };
  const item = /^(\w+)\[\]$/.exec(text)?.[1] ?? "";
  if (NAMED[item]) return { type: "array", items: { $ref: `#/types/jenkins:index:${NAMED[item]}` } };
  throw new Error(`No type of Pulumi's schema is known for ${member.name}: ${text}`);
}

/** The texts that a property allows. */
function enumeration(interfaceName: string, property: string) {
  const member = membersOf(interfaceName).find(({ name }) => name === property);
  if (!member) throw new Error(`There is no ${interfaceName}.${property}`);
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(member));
  const values = type.isUnion() ? type.types.flatMap((one) => (one.isStringLiteral() ? [one.value] : [])) : [];
  return { description: describe(member), type: "string", enum: values.map((value) => ({ value })) };
}

function withReplacing(properties: Properties): Properties {
  return mapped(properties, (name) => REPLACING.includes(name) && { willReplaceOnChanges: true });
}

function withDefaults(properties: Properties): Properties {
  return mapped(properties, (name) => VARIABLES[name] && { defaultInfo: { environment: VARIABLES[name] } });
}

function mapped(properties: Properties, more: (name: string) => object | false | undefined): Properties {
  const entries = Object.entries(properties).map(([name, property]) => [name, { ...property, ...more(name) }]);
  return Object.fromEntries(entries);
}

/** The interface or class of a name. */
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

function membersOf(interfaceName: string): ts.Symbol[] {
  return checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(declared(interfaceName)));
}

/** The properties of an interface that are always there. */
function requiredOf(interfaceName: string): string[] {
  const required = membersOf(interfaceName).filter(({ flags }) => !(flags & ts.SymbolFlags.Optional));
  return required.map(({ name }) => name);
}

/** The doc comment as Markdown, each paragraph on a line of its own. */
function describe(symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  if (!text) throw new Error(`${symbol.name} has no doc comment`);
  return text.replace(/\{@link (\S+?)\}/g, "$1").replace(/(?<!\n)\n(?!\n)/g, " ");
}
