import { createHash, randomBytes } from "node:crypto";
import type { CrumbKind } from "./profile.ts";
import type { StaplerRequest } from "./request.ts";

/** Issues crumbs and validates them. A plugin may replace Jenkins' own issuer. */
export interface CrumbIssuer {
  readonly className: string;
  readonly crumbRequestField: string;
  issue(request: StaplerRequest): string;
  validate(request: StaplerRequest, crumb: string): boolean;
}

/** Jenkins' own issuer. A crumb is a hash of the user, the session and the client's address. */
export class DefaultCrumbIssuer implements CrumbIssuer {
  readonly className = "hudson.security.csrf.DefaultCrumbIssuer";
  readonly crumbRequestField: string;
  readonly #kind: CrumbKind;
  readonly #salt = randomBytes(16).toString("hex");

  constructor(crumbRequestField: string, kind: CrumbKind) {
    this.crumbRequestField = crumbRequestField;
    this.#kind = kind;
  }

  issue(request: StaplerRequest): string {
    const address = this.#kind.address ? request.clientAddress : "";
    const seen = [request.authentication.name, address, this.#session(request), this.#salt].join(";");
    return createHash(this.#kind.digest).update(seen).digest("hex");
  }

  validate(request: StaplerRequest, crumb: string): boolean {
    return crumb === this.issue(request);
  }

  #session(request: StaplerRequest): string {
    switch (this.#kind.session) {
      case "ignored":
        return "";
      case "if there is one":
        return request.existingSession() ?? "NO_SESSION";
      case "always":
        return request.session();
    }
  }
}
