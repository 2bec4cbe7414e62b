/** Properties as Pulumi's engine sends and takes them. */
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { SECRETS } from "../settings/schema.ts";

export type Properties = Record<string, unknown>;

/** By which the engine knows a secret in what it is answered, and wraps one in the config of a provider. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const secret = (value: unknown) => ({ [SIGNATURE]: SECRET, value });

/** `properties` for the engine: what is absent left out, and what is secret marked, wherever it came from. */
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

/** What the engine has sent, its secrets without their wrapping. */
export function fromStruct(struct: structs.Struct | undefined): Properties {
  const present = Object.entries(struct?.toJavaScript() ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(
    present.map(([name, value]) => [name, isObject(value) && value[SIGNATURE] === SECRET ? value["value"] : value]),
  );
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
