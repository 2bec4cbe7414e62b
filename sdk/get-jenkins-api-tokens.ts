import * as pulumi from "@pulumi/pulumi";
import type { Memory } from "../provider/resources/context.ts";
import type { GetJenkinsApiTokensArgs, GetJenkinsApiTokensOutputArgs, GetJenkinsApiTokensResult } from "./review.ts";

/** Shared by all calls of a program, which signs in once. */
let memory: Memory | undefined;

/**
 * The tokens of a user: what Jenkins shows of them, never their values. It asks Jenkins in previews as well, and changes nothing.
 *
 * @param args whose tokens, and which of them. Default: all of the signed-in user.
 * @param _opts taken so that this may be exchanged for the function of `pulumi-jenkins/native`. They mean nothing here.
 * @returns the tokens, and whose they are and where. Without any that fit, the list is empty.
 * @throws an error with a `code`: `ERR_JENKINS_SETTINGS` for wrong arguments, `ERR_JENKINS_FORBIDDEN` where the login may not see
 * these tokens, `ERR_JENKINS_UNREACHABLE` without an answer, ...
 * @example
 * ```ts
 * import { getJenkinsApiTokens } from "pulumi-jenkins";
 *
 * const { tokens } = await getJenkinsApiTokens({ unusedForDays: 90, via: "scriptConsole" });
 * ```
 */
export async function getJenkinsApiTokens(
  args: GetJenkinsApiTokensArgs = {},
  _opts?: pulumi.InvokeOptions,
): Promise<GetJenkinsApiTokensResult> {
  // Programs that don't call it don't pay for it.
  const [{ getApiTokens }, { Memory }] = await Promise.all([
    import("../provider/resources/get-tokens.ts"),
    import("../provider/resources/context.ts"),
  ]);
  memory ??= new Memory();
  const settings = new pulumi.Config("jenkins");
  const config = { get: (key: string) => settings.get(key.replace("jenkins:", "")) };
  return await getApiTokens(args, { config, environment: process.env, memory });
}

/**
 * {@link getJenkinsApiTokens} of arguments that may be outputs. Nothing in what it gives is secret.
 *
 * @param args whose tokens, and which of them. Default: all of the signed-in user.
 * @param opts `dependsOn`: resources to wait for. Nothing else means anything here.
 */
export function getJenkinsApiTokensOutput(
  args: GetJenkinsApiTokensOutputArgs = {},
  opts: pulumi.InvokeOutputOptions = {},
): pulumi.Output<GetJenkinsApiTokensResult> {
  const asked = pulumi.all([args, existing(opts.dependsOn)]);
  return pulumi.unsecret(asked.apply(([plain]) => getJenkinsApiTokens(plain as GetJenkinsApiTokensArgs)));
}

/** Known when the resources are there: not in the preview that is going to make them. */
function existing(dependsOn: pulumi.InvokeOutputOptions["dependsOn"]): pulumi.Output<unknown> {
  const resources = pulumi.output(dependsOn as pulumi.Input<pulumi.Resource | pulumi.Resource[] | undefined>);
  return resources.apply((some) =>
    pulumi.all([some ?? []].flat().map((one) => (pulumi.CustomResource.isInstance(one) ? one.id : one.urn))),
  );
}
