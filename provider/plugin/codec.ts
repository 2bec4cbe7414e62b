/** Converts properties from and to the form of Pulumi's engine. */
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { isUnknown } from "../properties.ts";
import type { Properties } from "../resources/resource.ts";
import { SECRETS } from "../settings/schema.ts";

/** The engine's mark of a secret, in the replies of a plugin and in the config of a provider. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const secret = (value: unknown) => ({ [SIGNATURE]: SECRET, value });

/** `properties` for the engine, without absent ones, and with a mark on every secret. */
export function toStruct(properties: Properties): structs.Struct {
  const connection = properties["connection"];
  const marked = marking({ ...properties, ...(isObject(connection) && { connection: marking(connection) }) });
  return structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(marked)));
}

function marking(properties: Properties): Properties {
  const isSecret = (name: string, value: unknown) => SECRETS.includes(name) && value !== null;
  const entries = Object.entries(properties);
  return Object.fromEntries(entries.map(([name, value]) => [name, isSecret(name, value) ? secret(value) : value]));
}

/** The properties that the engine has sent, with secrets unwrapped. */
export function fromStruct(struct: structs.Struct | undefined): Properties {
  const present = Object.entries(struct?.toJavaScript() ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, unwrapped(value)]));
}

/** Whether any part of the value is unknown, as in a preview. */
export function holdsUnknown(value: unknown): boolean {
  return isUnknown(value) || (isObject(value) && Object.values(value).some(holdsUnknown));
}

/** Unwraps a secret, and the secrets in a map. */
function unwrapped(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (value[SIGNATURE] === SECRET) return unwrapped(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unwrapped(part)]));
}

/** Converts numbers and booleans in `triggers` to strings, because YAML reads a config value of `"1"` as a number. */
export function withTexts(properties: Properties): Properties {
  const { triggers } = properties;
  if (!isObject(triggers)) return properties;
  const entries = Object.entries(triggers).map(([name, value]) => {
    return [name, typeof value === "number" || typeof value === "boolean" ? String(value) : value];
  });
  return { ...properties, triggers: Object.fromEntries(entries) };
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the engine should refresh the resource before its next update. */
export function isRefreshedFirst({ refreshBeforeUpdate }: Properties): boolean {
  return refreshBeforeUpdate === true;
}
