/** The resources that the plugin has, by their types. */
import { RejectedError } from "../errors.ts";
import * as rotation from "../resources/rotating-token.ts";
import * as lifecycle from "../resources/token.ts";
import { previewedCreate, previewedFirst, previewedRotation, previewedUpdate } from "./preview.ts";

type Resource = Pick<typeof lifecycle, "check" | "changesOf" | "create" | "read" | "update" | "remove"> & {
  previewedCreate: typeof previewedCreate;
  previewedUpdate: typeof previewedUpdate;
};

const resources: Record<string, Resource> = {
  "jenkins:index:ApiToken": { ...lifecycle, previewedCreate, previewedUpdate },
  "jenkins:index:RotatingApiToken": {
    ...rotation,
    previewedCreate: previewedFirst,
    previewedUpdate: previewedRotation,
  },
};

/** The resource that a URN names. */
export function resourceOf(urn: string): Resource {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? ""; // Behind the types of the components that it is part of.
  const resource = resources[type];
  if (!resource) throw new RejectedError({ tried: `unknown resource ${type}` });
  return resource;
}
