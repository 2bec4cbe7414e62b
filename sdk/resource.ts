import * as pulumi from "@pulumi/pulumi";

/** The output with the value, which each class has. */
interface Values {
  tokenValue?: pulumi.Output<string>;
  current: pulumi.Output<{ tokenValue: string }>;
}

/** What all classes of tokens share: secret outputs, and the value of an `Authorization` header. */
export abstract class TokenResource extends pulumi.CustomResource {
  /** The owner's id, as the server spells it. */
  declare readonly userId: pulumi.Output<string>;

  protected constructor(
    type: string,
    name: string,
    properties: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions,
    secrets: readonly string[],
    own: pulumi.CustomResourceOptions = {},
  ) {
    super(type, name, properties, pulumi.mergeOptions(opts, { ...own, additionalSecretOutputs: [...secrets] }));
    // Previews and Pulumi's mocks know nothing of `additionalSecretOutputs`.
    const outputs = this as unknown as Record<string, pulumi.Output<unknown>>;
    for (const secret of secrets) outputs[secret] = pulumi.secret(outputs[secret]);
  }

  /**
   * The value of an `Authorization` header that signs in with this token: `Basic ...`. Of a rotating token it is the present one. Secret;
   * computed here, not stored.
   */
  get authorization(): pulumi.Output<string> {
    // No member says which output it is: with a member that is not public, tokens of two copies of this package would be of different types.
    const { tokenValue, current } = this as unknown as Values;
    const login = pulumi.all([this.userId, tokenValue ?? current.tokenValue]);
    return login.apply(([id, value]) => value && `Basic ${Buffer.from(`${id}:${value}`).toString("base64")}`);
  }
}

/** Whether `value` is a resource of the class with this type, also one of another copy of this package. */
export function isOfType(value: unknown, type: string): boolean {
  return (value as { constructor?: { __pulumiType?: unknown } } | undefined)?.constructor?.__pulumiType === type;
}
