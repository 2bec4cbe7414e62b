import { type PolicyConfigSchema, PolicyPack, type ReportViolation } from "@pulumi/policy";

/** The types of tokens in `pulumi-jenkins`, and in the plugin, which serves programs in every language. */
const SINGLE = ["pulumi-nodejs:dynamic/jenkins:ApiToken", "jenkins:index:ApiToken"];
const ROTATING = ["pulumi-nodejs:dynamic/jenkins:RotatingApiToken", "jenkins:index:RotatingApiToken"];
const TOKENS = [...SINGLE, ...ROTATING];

const administrators: PolicyConfigSchema = {
  properties: { administrators: { type: "array", items: { type: "string" }, default: ["admin"] } },
};

new PolicyPack("jenkins-tokens", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "token-expires",
      description: "A token expires, even if nobody runs Pulumi any more.",
      configSchema: { properties: { maximumDays: { type: "integer", minimum: 1, default: 90 } } },
      validateResource({ type, props, getConfig }, reportViolation) {
        const { maximumDays } = getConfig<{ maximumDays: number }>();
        if (!TOKENS.includes(type) || props.expiresInDays <= maximumDays) return;
        const lifetime =
          props.expiresInDays === undefined ? "never expires" : `expires after ${props.expiresInDays} days`;
        reportViolation(`The token ${lifetime}. Set expiresInDays to ${maximumDays} or less.`);
      },
    },
    {
      name: "token-rotates-with-overlap",
      description: "A consumer has time to change to the next value before the present token is revoked.",
      validateResource({ type }, reportViolation) {
        if (!SINGLE.includes(type)) return;
        reportViolation(
          "The token has no overlap. Use RotatingJenkinsApiToken (outside TypeScript: RotatingApiToken).",
        );
      },
    },
    {
      name: "token-of-no-administrator",
      description: "Somebody who reads the value must not become an administrator of Jenkins.",
      configSchema: administrators,
      validateResource({ type, props, getConfig }, reportViolation) {
        if (TOKENS.includes(type)) checkOwner(props.user ?? props.connection?.username, getConfig(), reportViolation);
      },
    },
    {
      // Without `user` and `connection`, the credentials in the environment or the stack config decide who owns the token. Only the output names the owner.
      name: "token-made-for-no-administrator",
      description:
        "The same rule for a token whose owner the program does not name. It is checked after the token was created.",
      configSchema: administrators,
      validateStack({ resources, getConfig }, reportViolation) {
        for (const { type, props, urn } of resources) {
          if (TOKENS.includes(type)) checkOwner(props.userId, getConfig(), reportViolation, urn);
        }
      },
    },
  ],
});

/** By default, Jenkins' user ids are case-insensitive. */
function checkOwner(
  userId: string | undefined,
  { administrators }: { administrators: string[] },
  reportViolation: ReportViolation,
  urn?: string,
): void {
  if (!administrators.some((id) => id.toLowerCase() === userId?.toLowerCase())) return;
  reportViolation(
    `The token belongs to the administrator ${userId}. Create it for a user with fewer permissions.`,
    urn,
  );
}
