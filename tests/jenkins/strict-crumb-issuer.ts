import { createHash, randomBytes } from "node:crypto";
import type { CrumbIssuer } from "./crumb-issuer.ts";
import type { StaplerRequest } from "./request.ts";

const minutes = 60_000;
const increment = 5 * minutes;
const hoursValid = 2;

/**
 * The plugin strict-crumb-issuer with `checkSameSource`, which is off by default. Each crumb is different. It is valid for two hours, only in
 * its session, and only with the URL of its page as the `Referer`.
 */
export class StrictCrumbIssuer implements CrumbIssuer {
  readonly className = "org.jenkinsci.plugins.strictcrumbissuer.StrictCrumbIssuer";
  readonly crumbRequestField: string;
  readonly #salt = randomBytes(16).toString("hex");
  readonly #now: () => Date;

  constructor(crumbRequestField: string, now: () => Date) {
    this.crumbRequestField = crumbRequestField;
    this.#now = now;
  }

  issue(request: StaplerRequest): string {
    const source = `http://${request.header("Host")}${request.logged.path}`;
    const mask = randomBytes(32);
    return mask.toString("hex") + xor(this.#hash(request, source, this.#period()), mask).toString("hex");
  }

  validate(request: StaplerRequest, crumb: string): boolean {
    const source = request.header("Referer");
    if (source === undefined || !/^[0-9a-f]{128}$/.test(crumb)) return false;
    const bytes = Buffer.from(crumb, "hex");
    const hash = xor(bytes.subarray(0, 32), bytes.subarray(32));
    const period = this.#period();
    const periods = Array.from({ length: (hoursValid * 60 * minutes) / increment + 1 }, (_, age) => period - age);
    return periods.some((candidate) => this.#hash(request, source, candidate).equals(hash));
  }

  #period(): number {
    return Math.floor(this.#now().getTime() / increment);
  }

  #hash(request: StaplerRequest, source: string, period: number): Buffer {
    const seen = `${request.authentication.name};${source};${request.session()};${period};${this.#salt}`;
    return createHash("sha256").update(seen).digest();
  }
}

function xor(bytes: Buffer, mask: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)));
}
