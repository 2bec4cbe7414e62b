/**
 * What Pulumi's dynamic host loads for a rotating token: the same seven functions as in `index.ts`, kept for ever as
 * `pulumi-jenkins/provider/rotating`.
 */
import { dynamicFace, type Face } from "./dynamic.ts";
import * as rotation from "./rotation.ts";

const face = dynamicFace(rotation);

/** Keeps the stack config. The host calls it before all others. */
export const configure: Face["configure"] = face.configure;

/** Validates the inputs, and names tokens without a name of their own after the resource. Asks Jenkins for nothing. */
export const check: Face["check"] = face.check;

/** Whether it is time to rotate, to rename or to finish something, and because of what both tokens are replaced. Asks Jenkins for nothing. */
export const diff: Face["diff"] = face.diff;

/** Makes the first token. Its error has an `id` where one may have been made: Pulumi keeps that as a record in the state. */
export const create: Face["create"] = face.create;

/** The two tokens under the names they have now; an empty id where both are certainly gone. */
export const read: Face["read"] = face.read;

/** Rotates if it is time, renames, and finishes what an earlier rotation has left. The answer is the whole state. */
export const update: Face["update"] = face.update;

const remove: Face["delete"] = face.delete;

/** Revokes both tokens and what is left of earlier ones. What is already gone, or whose user is, counts as revoked. */
export { remove as delete };
