/**
 * Jenkins' own login form. A session that begins with it costs one check of the password. Without, each request costs one, which takes
 * Jenkins longer than all the rest of it, because passwords are hashed slowly on purpose.
 *
 * @see https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/security/BasicHeaderProcessor.java which
 * does not look at a password where the session is of the very user that the request names.
 */
import type { Login } from "../settings/connection.ts";
import type { Reply, Request } from "./http.ts";

/** Whether a secret may be a password. API tokens of all ages are none, and as one would count as a failed login. */
export function isForForms({ secret }: Login): boolean {
  return secret.kind === "password" && !/^[0-9a-f]{32}$/.test(secret.value);
}

/** What a browser sends when the form on `page` is filled in; nothing where there is none, as with single sign-on. */
export async function filledForm(
  request: Request,
  page: Reply,
  { username, secret }: Login,
): Promise<Request | undefined> {
  const { Parser } = await import("htmlparser2");
  const form: Record<string, string> = { j_username: username, j_password: secret.value };
  let action: string | undefined;
  const parser = new Parser({
    onopentag(tag, { name = "", type, value = "", ...attributes }) {
      if (tag === "form" && name === "login") action = attributes["action"];
      if (tag === "input" && type === "hidden") form[name] = value; // Its crumb, without which Jenkins refuses it since 2.541.
    },
  });
  parser.end(page.body);
  if (!/^j_(spring|acegi)_security_check$/.test(action ?? "")) return undefined;
  return { ...request, method: "POST", url: request.url.replace(/login$/, action ?? ""), form };
}

/** Where Jenkins leads to when it doesn't take what was filled in. */
export function isLoginError({ status, headers }: Reply): boolean {
  return status === 302 && /\/loginError$/.test(headers["location"] ?? "");
}
