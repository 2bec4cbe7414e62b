/** What Pulumi's dynamic host loads for a rotating token: the same seven functions, kept for ever as `pulumi-jenkins/provider/rotating`. */
import { dynamicFace } from "./dynamic.ts";
import * as rotation from "./rotation.ts";

const { delete: remove, ...others } = dynamicFace(rotation);

export const { configure, check, diff, create, read, update } = others;
export { remove as delete };
