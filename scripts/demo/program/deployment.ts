import * as pulumi from "@pulumi/pulumi";

interface Login {
  jenkinsUrl: string;
  authorization: string;
}

const provider: pulumi.dynamic.ResourceProvider<Login, Login> = {
  async create(login) {
    await logIn(login);
    return { id: login.jenkinsUrl, outs: login };
  },
  async update(_id, _olds, login) {
    await logIn(login);
    return { outs: login };
  },
};

async function logIn({ jenkinsUrl, authorization }: Login): Promise<void> {
  const response = await fetch(`${jenkinsUrl}/whoAmI/api/json`, { headers: { authorization } });
  if (!response.ok) throw new Error(`Jenkins answered ${response.status}`);
}

/** A consumer of the token. It logs in with each value that it receives. */
export class Deployment extends pulumi.dynamic.Resource {
  constructor(name: string, jenkinsUrl: pulumi.Input<string>, authorization: pulumi.Input<string>) {
    super(provider, name, { jenkinsUrl, authorization }, {}, "demo", "Deployment");
  }
}
