/**
 * What Pulumi's dynamic host loads, by the text that stands in every state: these seven functions under the name
 * `pulumi-jenkins/provider` are kept for ever.
 */
import { dynamicFace } from "./dynamic.ts";
import * as lifecycle from "./lifecycle.ts";

const { delete: remove, ...others } = dynamicFace(lifecycle);

export const { configure, check, diff, create, read, update } = others;
export { remove as delete };
