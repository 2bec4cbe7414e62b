import { Secrets, secrets } from "../../provider/redaction.ts";

/** From here on nothing is known as a secret, as in another process. */
export function forgetSecrets(): void {
  Object.assign(secrets, new Secrets());
}
