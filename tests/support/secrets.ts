import { Secrets, secrets } from "../../provider/redaction.ts";

/** Forgets all secrets, as in a new process. */
export function forgetSecrets(): void {
  Object.assign(secrets, new Secrets());
}
