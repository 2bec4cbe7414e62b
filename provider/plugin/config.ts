/** The config of a provider: the settings of `connection`, for every resource without a `connection`. */
import schema from "../../schema.json" with { type: "json" };
import { SettingsError } from "../errors.ts";
import { UNKNOWN } from "../properties.ts";
import type { Properties } from "../resources/resource.ts";
import { type Config, declaredUrl, faultyTexts, settingsOf } from "../settings/connection.ts";
import type { CheckFailure } from "../settings/failure.ts";
import { didYouMean } from "../settings/schema.ts";
import { textFault } from "../settings/texts.ts";

/**
 * The config that the engine passes. Values that are not strings may arrive as JSON.
 *
 * @param urn of the provider. Old versions of Pulumi send none when they configure it.
 */
export function configOf(properties: Properties, urn = ""): Config {
  return {
    source: DEFAULT.test(urn) ? "stack config" : "provider config",
    get(key) {
      const value = properties[key.replace("jenkins:", "")];
      if (value == null || value === UNKNOWN) return undefined;
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    },
  };
}

/** The errors in the config itself. Missing settings are reported by each resource, because it may have its own `connection`. */
export function configFailures(properties: Properties, urn: string): CheckFailure[] {
  const surroundings = { config: configOf(properties, urn), environment: {} };
  try {
    declaredUrl(undefined, surroundings);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [{ property: "", reason: error.reason }]; // No property, because Pulumi prints the value of a named property.
  }
  const faults = settingsOf(undefined, surroundings).flatMap((settings) => {
    return faultyTexts(settings).map((name) => `jenkins:${name} ${textFault(name, settings[name] ?? "")}`);
  });
  const unknown = DEFAULT.test(urn) ? [] : unknownIn(properties);
  const strange = unknown.map(({ key, suggestion }) => `${key}: is not a setting of the provider${suggestion}`);
  return [...faults, ...strange].map((reason) => ({ property: "", reason }));
}

/** Warnings about unknown settings in the stack config. The settings may belong to another provider called jenkins. */
export function configWarnings(properties: Properties, urn: string): string[] {
  const [, project] = DEFAULT.exec(urn) ?? [];
  // In a project called jenkins, the default provider also gets the project's own config.
  if (!project || project === "jenkins") return [];
  return unknownIn(properties).map(({ key, suggestion }) => {
    return `jenkins:${key} is ignored, because it is not a setting of the provider of pulumi-jenkins${suggestion}`;
  });
}

/** The URN of the default provider, whose settings are the stack config, with the name of the project. */
const DEFAULT = /^urn:pulumi:[^:]*::([^:]*)::.*::default(?:_[^:]*)?$/;

function unknownIn(properties: Properties): { key: string; suggestion: string }[] {
  const settings = Object.keys(schema.provider.inputProperties);
  const unknown = Object.keys(properties).filter((key) => !settings.includes(key) && !isEngines(key));
  return unknown.map((key) => ({ key, suggestion: didYouMean(key, settings) }));
}

/** Whether the key belongs to the engine, which stores its own keys beside the settings. */
function isEngines(key: string): boolean {
  return key.startsWith("__") || ["version", "pluginDownloadURL", "pluginChecksums"].includes(key);
}
