/** What check says is wrong with a property. */
import { INPUTS, ROTATING_INPUTS } from "../properties.ts";
import type { Property, Table } from "../property.ts";

export type CheckFailure = { property: string; reason: string };

/** Pulumi prints the value of a property that fails check: only what can hold no secret is named as one. */
const PRINTABLE: readonly string[] = namesWith("printable", INPUTS, ROTATING_INPUTS);

export function namesWith(fact: keyof Property, ...tables: Table[]): string[] {
  const rows = tables.flatMap((table) => Object.entries(table));
  return [...new Set(rows.flatMap(([name, property]) => (property[fact] ? [name] : [])))];
}

/** A check failure that names `property` and shows no value. */
export function failure(property: string, reason: string): CheckFailure {
  if (PRINTABLE.includes(property)) return { property, reason };
  if (property === "autoName") {
    return {
      property: "tokenName",
      reason: `give it: the default, made of project, stack and resource name, ${reason}`,
    };
  }
  return { property: property.startsWith("connection.") ? property : "", reason: `${property}: ${reason}` };
}
