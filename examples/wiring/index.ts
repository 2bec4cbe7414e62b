import * as pulumi from "@pulumi/pulumi";
import { JenkinsApiToken } from "pulumi-jenkins";

interface SignInInputs {
  jenkinsUrl: string;
  authorization: string;
}

const signInProvider: pulumi.dynamic.ResourceProvider<SignInInputs, SignInInputs & { userName: string }> = {
  async create(inputs) {
    return { id: inputs.jenkinsUrl, outs: { ...inputs, userName: await signIn(inputs) } };
  },
  async update(_id, _olds, inputs) {
    return { outs: { ...inputs, userName: await signIn(inputs) } };
  },
};

async function signIn({ jenkinsUrl, authorization }: SignInInputs): Promise<string> {
  const response = await fetch(`${jenkinsUrl}/whoAmI/api/json`, { headers: { authorization } });
  if (!response.ok) throw new Error(`Jenkins answered ${response.status}`);
  const { name } = (await response.json()) as { name: string };
  return name;
}

/** Replace this class with the resource that needs the token: a Kubernetes secret, a webhook, a variable of another CI system. */
class SignIn extends pulumi.dynamic.Resource {
  declare readonly userName: pulumi.Output<string>;

  constructor(name: string, inputs: pulumi.Inputs & { [K in keyof SignInInputs]: pulumi.Input<string> }) {
    super(signInProvider, name, { ...inputs, userName: undefined });
  }
}

const config = new pulumi.Config();
const token = new JenkinsApiToken("deployer", { triggers: { rotated: config.get("rotated") ?? "never" } });
const deployer = new SignIn("deployer", { jenkinsUrl: token.jenkinsUrl, authorization: token.authorization });

export const jenkinsUrl = token.jenkinsUrl;
export const authorization = token.authorization;
export const signedInAs = deployer.userName;
