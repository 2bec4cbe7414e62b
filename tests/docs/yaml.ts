/** Checks a YAML program against schema.json. */
import { parseDocument } from "yaml";
import { INPUTS } from "../../provider/properties.ts";
import schema from "../../schema.json" with { type: "json" };

interface Property {
  type?: string;
  $ref?: string;
}
type Properties = Record<string, Property>;
interface Declared {
  inputs: Properties;
  required?: string[];
  outputs: Properties;
}

const TYPES: Record<string, { properties: Properties; required?: string[] }> = schema.types;

/** The values of `via`. The schema allows any string. */
const WAYS: readonly unknown[] = INPUTS.via.type;

const { inputProperties, properties } = schema.provider;
const DECLARED: Record<string, Declared> = {
  "pulumi:providers:jenkins": { inputs: inputProperties, outputs: properties },
};
for (const [type, resource] of Object.entries(schema.resources)) {
  const required: string[] = "requiredInputs" in resource ? resource.requiredInputs : [];
  DECLARED[type] = { inputs: resource.inputProperties, required, outputs: resource.properties };
}
for (const [type, { inputs, outputs }] of Object.entries(schema.functions)) {
  DECLARED[type] = { inputs: inputs.properties, outputs: outputs.properties };
}

/** The mistakes in the program. Types of other packages are not checked. */
export function mistakesInYaml(text: string): string[] {
  const document = parseDocument(text, { strict: true });
  const unparsed = [...document.errors, ...document.warnings].map(({ message }) => message);
  if (unparsed.length > 0) return unparsed;
  const program = document.toJS();
  const used = { ...called(program?.variables), ...program?.resources };
  return Object.entries<{ type: string; properties?: object }>(used).flatMap(([name, { type, properties = {} }]) => {
    if (!/^(pulumi:providers:)?jenkins(:|$)/.test(type)) return [];
    const declared = DECLARED[type.replace(/^jenkins:(?!index:)/, "jenkins:index:")];
    if (!declared) return [`${name}: there is no type ${type}`];
    const asked = [...text.matchAll(new RegExp(`\\$\\{${name}\\.(\\w+)`, "g"))].map(([, output = ""]) => output);
    const unknown = asked.filter((output) => !(output in declared.outputs) && output !== "id" && output !== "urn");
    return [
      ...mistakesIn(name, properties, declared.inputs, declared.required),
      ...unknown.map((output) => `${name}.${output}: is not an output`),
    ];
  });
}

/** The functions that variables call, in the form of resources. */
function called(variables: Record<string, { "fn::invoke"?: { function: string; arguments?: object } }> = {}) {
  const invokes = Object.entries(variables).flatMap(([name, { "fn::invoke": invoke }]) => {
    return invoke ? [[name, { type: invoke.function, properties: invoke.arguments ?? {} }] as const] : [];
  });
  return Object.fromEntries(invokes);
}

function mistakesIn(path: string, given: object, known: Properties, required: string[] = []): string[] {
  const missing = required.filter((name) => !(name in given)).map((name) => `${path}.${name}: is missing`);
  const mistakes = Object.entries(given).flatMap(([name, value]) => {
    const property = known[name];
    return property ? mistakesInValue(`${path}.${name}`, value, property) : [`${path}.${name}: is not a property`];
  });
  return [...missing, ...mistakes];
}

function mistakesInValue(path: string, value: unknown, { type, $ref }: Property): string[] {
  if (typeof value === "string" && value.includes("${")) return [];
  const named = TYPES[$ref?.replace("#/types/", "") ?? ""];
  if (named) return mistakesIn(path, value as object, named.properties, named.required);
  if (path.endsWith(".via") && !WAYS.includes(value)) return [`${path}: can't be ${value}`];
  const is = Number.isInteger(value) ? "integer" : typeof value;
  return is === type || (is === "integer" && type === "number") ? [] : [`${path}: is ${is}, not ${type}`];
}
