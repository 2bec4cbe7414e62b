/** The config of a provider: the settings of `connection`, for every resource that has none of its own. */
import schema from "../../schema.json" with { type: "json" };
import { SettingsError } from "../errors.ts";
import { type Config, declaredUrl } from "../settings/connection.ts";
import { type CheckFailure, didYouMean, UNKNOWN } from "../settings/schema.ts";
import type { Properties } from "./codec.ts";

/** As the engine hands it over: values that are not texts may come as their JSON. */
export function configOf(properties: Properties): Config {
  return {
    source: "provider config",
    get(key) {
      const value = properties[key.replace("jenkins:", "")];
      return value == null || value === UNKNOWN ? undefined : String(value);
    },
  };
}

/** What is wrong with it by itself. What is missing, each resource says: it may have a connection of its own. */
export function configFailures(properties: Properties, urn: string): CheckFailure[] {
  try {
    declaredUrl(undefined, { config: configOf(properties), environment: {} });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [{ property: "", reason: error.reason }]; // Pulumi prints the value of a property that is named.
  }
  // The config of a project that is called jenkins comes to the default provider as well.
  const isMixed = /^urn:pulumi:[^:]*::jenkins::.*::default(_[^:]*)?$/.test(urn);
  const settings = Object.keys(schema.provider.inputProperties);
  const unknown = Object.keys(properties).filter((key) => {
    return !isMixed && !settings.includes(key) && !isEngines(key);
  });
  return unknown.map((key) => ({
    property: "",
    reason: `${key}: is not a setting of the provider${didYouMean(key, settings)}`,
  }));
}

/** The engine keeps some things of its own beside the settings. */
function isEngines(key: string): boolean {
  return key.startsWith("__") || ["version", "pluginDownloadURL", "pluginChecksums"].includes(key);
}
