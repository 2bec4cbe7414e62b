/** The failures of a check. */
import { RESOURCES } from "../properties.ts";
import type { Property, Table } from "../property.ts";

export type CheckFailure = { property: string; reason: string };

/** Pulumi prints the value of a property that fails check, so a failure names a property only if its value is never a secret. */
const PRINTABLE: readonly string[] = namesWith("printable", ...Object.values(RESOURCES).map(({ inputs }) => inputs));

export function namesWith(fact: keyof Property, ...tables: Table[]): string[] {
  const rows = tables.flatMap((table) => Object.entries(table));
  return [...new Set(rows.flatMap(([name, property]) => (property[fact] ? [name] : [])))];
}

/**
 * A check failure that shows no secret. Pulumi prints `{<nil>}` for the value of a property that isn't one of the declared `inputs`, so any other
 * property is named in the reason.
 */
export function failure(property: string, reason: string, inputs: Record<string, unknown>): CheckFailure {
  if (property === "autoName") {
    return failure("tokenName", `declare it: the default name (project, stack and resource name) ${reason}`, {});
  }
  const isDeclared = inputs[property] != null && !(property === "tokenName" && inputs["autoName"] != null);
  if (isDeclared && PRINTABLE.includes(property)) return { property, reason };
  return { property: "", reason: `${property}: ${reason}` };
}
