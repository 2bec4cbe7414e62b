/** What has changed, property by property, as Pulumi shows it. */
import { isDeepStrictEqual } from "node:util";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { withoutSecrets } from "../settings/schema.ts";
import { isObject, type Properties } from "./codec.ts";

const { Kind } = messages.PropertyDiff;
const { DiffChanges } = messages.DiffResponse;

/** What no program declares, and Jenkins gives anew: it does not go. */
const MADE_ANEW = new Set(["current", "expiresOn"]);

/**
 * The answer to a diff.
 *
 * @param olds what is declared and known of the resource.
 * @param news what it is declared with now.
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
    for (const [path, old, now] of pathsOf(name, visible(name, olds), visible(name, news))) {
      const isNew = old === undefined && now !== undefined;
      const isGone = old !== undefined && now === undefined && !MADE_ANEW.has(name);
      const kind = isNew ? Kind.ADD : isGone ? Kind.DELETE : Kind.UPDATE;
      const replacing = replaces.includes(name) ? 1 : 0; // Each kind is followed by the same one that replaces.
      response.getDetaileddiffMap().set(path, new messages.PropertyDiff().setKind(kind + replacing));
    }
  }
  return response;
}

/** No output has the secrets of a connection, so they are no difference. */
function visible(name: string, properties: Properties): unknown {
  const value = properties[name];
  return name === "connection" && isObject(value) ? withoutSecrets(value) : value;
}

/** Where in a property the difference is: a map is shown entry by entry. What isn't in it, comes from the provider's config. */
function pathsOf(path: string, old: unknown, now: unknown): [path: string, old: unknown, now: unknown][] {
  if (!isObject(old) || !isObject(now)) return [[path, old, now]];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const differing = keys.filter((key) => !isDeepStrictEqual(old[key], now[key]));
  if (differing.length === 0) return [[path, old, now]];
  return differing.map((key) => [`${path}[${JSON.stringify(key)}]`, old[key], now[key]]);
}
