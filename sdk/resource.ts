import * as pulumi from "@pulumi/pulumi";

/** The output with the token's value. Each class has one of the two. */
interface Values {
  tokenValue?: pulumi.Output<string>;
  current: pulumi.Output<{ tokenValue: string }>;
}

/** The base class of all token resources: secret outputs, and the value of an `Authorization` header. */
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
    // Previews and Pulumi's mocks ignore `additionalSecretOutputs`.
    const outputs = this as unknown as Record<string, pulumi.Output<unknown>>;
    for (const secret of secrets) outputs[secret] = pulumi.secret(outputs[secret]);
  }

  /**
   * The value of an `Authorization` header that logs in with this token: `Basic ...`. A rotating token uses `current`. Secret. Computed by
   * the program, not stored in the state.
   */
  get authorization(): pulumi.Output<string> {
    // No private member names the output: it would make the types of two copies of this package incompatible.
    const { tokenValue, current } = this as unknown as Values;
    const login = pulumi.all([this.userId, tokenValue ?? current.tokenValue]);
    return login.apply(([id, value]) => value && `Basic ${Buffer.from(`${id}:${value}`).toString("base64")}`);
  }
}

/** Whether `value` is a resource of this type, of this copy of the package or of another one. */
export function isOfType(value: unknown, type: string): boolean {
  return (value as { constructor?: { __pulumiType?: unknown } } | undefined)?.constructor?.__pulumiType === type;
}
