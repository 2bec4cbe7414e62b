import { randomBytes } from "node:crypto";

/** Jenkins' policy. It blocks nothing, and only reports violations, with the user who met them. */
export function contentSecurityPolicy(rootUrl: string, userName: string): Record<string, string> {
  const reporter = `${randomBytes(32).toString("base64url")}=:${Buffer.from(userName).toString("base64")}::`;
  const endpoint = `${rootUrl}/content-security-policy-reporting-endpoint/${reporter}`;
  return {
    "Reporting-Endpoints": `content-security-policy: ${endpoint}`,
    "Content-Security-Policy-Report-Only": `base-uri 'none'; default-src 'self'; form-action 'self'; frame-ancestors 'self'; img-src 'self' data:; script-src 'report-sample' 'self'; style-src 'report-sample' 'self' 'unsafe-inline'; report-to content-security-policy; report-uri ${endpoint}`,
  };
}
