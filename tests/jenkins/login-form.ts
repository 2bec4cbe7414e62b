import type { Controller } from "./controller.ts";
import { empty, type Reply } from "./reply.ts";
import type { StaplerRequest } from "./request.ts";
import type { User } from "./user.ts";

/** Whether a request submits the login form. Jenkins checks this after Basic authentication and before crumbs. */
export function isLoginForm(jenkins: Controller, request: StaplerRequest): boolean {
  const { contextPath, hasLoginForm } = jenkins.options;
  return (
    hasLoginForm && request.method === "POST" && request.uri === `${contextPath}/${jenkins.profile.loginForm.action}`
  );
}

/** Logs in with a new session, or redirects to the error page. */
export async function submitLoginForm(
  jenkins: Controller,
  request: StaplerRequest,
  begin: (user: User) => void,
): Promise<Reply> {
  const { crumbIssuer, options, profile, realm } = jenkins;
  const crumb = crumbIssuer && request.parameter(crumbIssuer.crumbRequestField);
  const isForged = profile.loginForm.wantsCrumb && crumbIssuer && !(crumb && crumbIssuer.validate(request, crumb));
  const user = isForged
    ? undefined
    : await realm.withPassword(request.parameter("j_username") ?? "", request.parameter("j_password") ?? "");
  if (!user) return empty(302, jenkins.redirectionTo(request, `${options.contextPath}/loginError`));
  begin(user);
  return empty(302, jenkins.redirectionTo(request, `${options.contextPath}/`));
}
