/** The changes of a resource, property by property, as Pulumi shows them. */
import { isDeepStrictEqual } from "node:util";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { Properties } from "../resources/resource.ts";
import { withoutSecrets } from "../settings/schema.ts";
import { isObject } from "./codec.ts";

const { Kind } = messages.PropertyDiff;
const { DiffChanges } = messages.DiffResponse;

/** Properties that the provider sets itself if the program does not declare them. So a change never deletes them. */
const MADE_ANEW = new Set(["current", "expiresOn", "tokenName"]);

/**
 * The reply to a diff.
 *
 * @param olds the state of the resource.
 * @param news its present inputs.
 */
export function compared(
  olds: Properties,
  news: Properties,
  { replaces, updates }: { replaces: string[]; updates: string[] },
): messages.DiffResponse {
  const names = [...replaces, ...updates];
  const response = new messages.DiffResponse()
    .setChanges(names.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
    .setReplacesList(replaces)
    .setDiffsList(names)
    .setHasdetaileddiff(true);
  for (const name of names) {
    for (const [path, old, now] of pathsOf(name, shownValue(name, olds), shownValue(name, news))) {
      const isNew = old === undefined && now !== undefined;
      const isGone = old !== undefined && now === undefined && !MADE_ANEW.has(name);
      const kind = isNew ? Kind.ADD : isGone ? Kind.DELETE : Kind.UPDATE;
      const replacing = replaces.includes(name) ? 1 : 0; // In the enumeration, each kind is followed by the same kind with a replacement.
      response.getDetaileddiffMap().set(path, new messages.PropertyDiff().setKind(kind + replacing));
    }
  }
  return response;
}

/** The property without the secrets of a connection. Outputs do not contain them, so they must not count as a difference. */
function shownValue(name: string, properties: Properties): unknown {
  const value = properties[name];
  return name === "connection" && isObject(value) ? withoutSecrets(value) : value;
}

/** The paths of the differences within a property: a map is shown entry by entry. If two maps are equal, the provider's config differs. */
function pathsOf(path: string, old: unknown, now: unknown): [path: string, old: unknown, now: unknown][] {
  if (!isObject(old) || !isObject(now)) return [[path, old, now]];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const differing = keys.filter((key) => !isDeepStrictEqual(old[key], now[key]));
  if (differing.length === 0) return [[path, old, now]];
  return differing.map((key) => [`${path}[${JSON.stringify(key)}]`, old[key], now[key]]);
}
