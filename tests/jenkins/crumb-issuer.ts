import { createHash, randomBytes } from "node:crypto";
import type { CrumbKind } from "./profile.ts";
import type { StaplerRequest } from "./request.ts";

/** What hands out crumbs and looks at those that come back. A plugin may replace Jenkins' own. */
export interface CrumbIssuer {
  readonly className: string;
  readonly crumbRequestField: string;
  issue(request: StaplerRequest): string;
  validate(request: StaplerRequest, crumb: string): boolean;
}

/** A crumb is a hash, the same one for as long as user, session and address are the same. */
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
