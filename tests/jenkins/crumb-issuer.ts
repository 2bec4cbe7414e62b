import { createHash, randomBytes } from "node:crypto";

/** Jenkins' DefaultCrumbIssuer: a crumb is a hash, the same one for as long as user and session are the same. */
export class CrumbIssuer {
  readonly crumbRequestField: string;
  readonly #salt = randomBytes(16).toString("hex");

  constructor(crumbRequestField: string) {
    this.crumbRequestField = crumbRequestField;
  }

  issue(userName: string, session: string): string {
    return createHash("sha256").update(`${userName};${session};${this.#salt}`).digest("hex");
  }
}
