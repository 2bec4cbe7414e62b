import * as pulumi from "@pulumi/pulumi";

const producer = new pulumi.StackReference(new pulumi.Config().require("producer"));
const login = pulumi.all([producer.requireOutput("jenkinsUrl"), producer.requireOutput("authorization")]);

const answer = login.apply(async ([jenkinsUrl, authorization]) => {
  const response = await fetch(`${jenkinsUrl}/whoAmI/api/json`, { headers: { authorization } });
  if (!response.ok) throw new Error(`Jenkins answered ${response.status}`);
  return (await response.json()) as { name: string };
});

// A value derived from a secret is secret, too. The user name is not secret, and may be shown.
export const signedInAs = pulumi.unsecret(answer).name;
