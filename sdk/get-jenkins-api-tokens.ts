import * as pulumi from "@pulumi/pulumi";
import type { Memory } from "../provider/resources/context.ts";
import type { GetJenkinsApiTokensArgs, GetJenkinsApiTokensOutputArgs, GetJenkinsApiTokensResult } from "./review.ts";

/** Shared by all calls of a program, so that the program logs in once. */
let memory: Memory | undefined;

/**
 * Lists the tokens of a user, with the properties that Jenkins shows, but never with their values. The call also contacts Jenkins in
 * previews, and changes nothing. In a unit test with `pulumi.runtime.setMocks`, the mock of `jenkins:index:getApiTokens` answers instead of Jenkins.
 *
 * @param args the owner of the tokens, and a filter. Default: all tokens of the user who logs in.
 * @param _opts ignored. The parameter exists so that the function of `pulumi-jenkins/native` has the same signature.
 * @returns the tokens, their owner and their Jenkins. If no token matches, the list is empty.
 * @throws an error with a `code`, such as `ERR_JENKINS_SETTINGS` for wrong arguments, `ERR_JENKINS_FORBIDDEN` if the user who logs in may not see
 * these tokens, or `ERR_JENKINS_UNREACHABLE` if no response arrives.
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
  if (isMocked()) return await pulumi.runtime.invoke("jenkins:index:getApiTokens", args, {}); // Mocks use the plugin's name of the function.
  // Loaded here, so that programs that do not call the function do not pay for it.
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
 * Like {@link getJenkinsApiTokens}, but the arguments may be outputs. The result is not secret.
 *
 * @param args the owner of the tokens, and a filter. Default: all tokens of the user who logs in.
 * @param opts `dependsOn`: resources to wait for. All other options are ignored.
 */
export function getJenkinsApiTokensOutput(
  args: GetJenkinsApiTokensOutputArgs = {},
  opts: pulumi.InvokeOutputOptions = {},
): pulumi.Output<GetJenkinsApiTokensResult> {
  const asked = pulumi.all([args, existing(opts.dependsOn)]);
  return pulumi.unsecret(asked.apply(([plain]) => getJenkinsApiTokens(plain as GetJenkinsApiTokensArgs)));
}

/** Whether a unit test has replaced Pulumi's engine with mocks. Pulumi has no function that says so. */
function isMocked(): boolean {
  return Object.hasOwn(pulumi.runtime.getMonitor() ?? {}, "mocks");
}

/** An output that is known when the resources exist. It is unknown in a preview that creates them. */
function existing(dependsOn: pulumi.InvokeOutputOptions["dependsOn"]): pulumi.Output<unknown> {
  const resources = pulumi.output(dependsOn as pulumi.Input<pulumi.Resource | pulumi.Resource[] | undefined>);
  return resources.apply((some) =>
    pulumi.all([some ?? []].flat().map((one) => (pulumi.CustomResource.isInstance(one) ? one.id : one.urn))),
  );
}
