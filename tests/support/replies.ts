/** Replies for the tests of `replies.ts`. */
import type { Reply } from "../../provider/jenkins/http.ts";

export type Page = { status: number; headers?: Record<string, string>; body?: string; forwardProxy?: string };

export const layout = {
  version: "2.568.1",
  session: "s",
  contextPath: "",
  crumbRequestField: "Jenkins-Crumb",
  crumb: "c",
};
export const permission = { id: "hudson.model.Hudson.Administer", title: "Overall/Administer", impliedBy: [] };

/** An error page of nginx. */
export const nginx = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

/** A reply with this page. */
export function reply({ headers = {}, body = "", ...page }: Page): Reply {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...page, headers: Object.fromEntries(lowered), setCookies: [], body };
}
