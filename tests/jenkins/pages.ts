import { randomUUID } from "node:crypto";
import type { Permission } from "./failures.ts";
import { jettyError } from "./jetty.ts";
import { advertised, escaped, escapedAttribute, hudson, type Layout, noCache, page } from "./layout.ts";
import type { Profile } from "./profile.ts";
import { newestVersion, profileOf } from "./profiles.ts";
import { compressible, type Reply } from "./reply.ts";

export const noValidCrumb = "No valid crumb was included in the request";

/** The layout data of a Jenkins, for pages that tests return themselves. */
const someJenkins: Layout = {
  version: newestVersion,
  session: "5ca1ab1e",
  contextPath: "",
  crumbRequestField: "Jenkins-Crumb",
  crumb: "",
};

/** The reply to every request while Jenkins starts: without X-Jenkins, without Retry-After, before the credentials are checked. */
export function startingPage(): Reply {
  return booting("Starting Jenkins", "Jenkins is getting ready to work");
}

export function restartingPage(): Reply {
  return booting("Restarting Jenkins", "Please wait while Jenkins is restarting");
}

function booting(title: string, text: string): Reply {
  return {
    status: 503,
    headers: { ...compressible, ...noCache, "Content-Type": "text/html;charset=utf-8" },
    body: `<!DOCTYPE html><html lang="en"><head><title>${title}</title><meta name="ROBOTS" content="NOFOLLOW"></head><body><div class="simple-page" role="main"><div class="app-jenkins-booting"><h1 class="loading"><p class="jenkins-spinner">${text}</h1><p class="restarting">Your browser will reload automatically when Jenkins is ready.</div></div></body></html>`,
  };
}

/** The reply to a POST while Jenkins starts: the crumb filter already runs, but its parts are not loaded yet. */
export function startingPostPage(): Reply {
  const exception = "class hudson.security.csrf.DefaultCrumbIssuer is missing its descriptor";
  return {
    status: 500,
    headers: { ...compressible, "Content-Type": "text/html;charset=utf-8" },
    body: `<html><head><title>Error 500</title></head>\n<body bgcolor=#fff><h1>Status Code: 500</h1>Exception: ${exception}<br>Stacktrace: <pre>java.lang.AssertionError: ${exception}\n</pre></body></html>`,
  };
}

/** The reply to wrong credentials. While Jenkins starts, right credentials also get it for about a second. */
export function unauthorizedPage(
  uri = "/",
  contextPath = "",
  profile: Profile = profileOf(newestVersion),
  accept?: string,
  userName = "",
): Reply {
  const message = profile.unauthorized(userName);
  const reply = jettyError({ status: 401, message, uri, accept, servlet: "Stapler" }, profile.jetty);
  const cookie = profile.forgetMeCookie?.(contextPath || "/");
  const headers = { "WWW-Authenticate": profile.challenge, ...(cookie !== undefined && { "Set-Cookie": cookie }) };
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

export function noValidCrumbPage(uri = "/"): Reply {
  return jettyError({ status: 403, message: noValidCrumb, uri, servlet: "Stapler" }, profileOf(newestVersion).jetty);
}

/** The page for an exception, or for `HttpResponses.error` with its own status. */
export function oopsPage(layout: Layout = someJenkins, status = 500): Reply {
  const problem = `<h2 style="text-align: center">A problem occurred while processing the request</h2><p style="text-align: center">Logging ID=${randomUUID()}`;
  return page(
    layout,
    status,
    profileOf(layout.version).title("Jenkins"),
    `${rage(layout)}<div id="error-description">${problem}</div>`,
  );
}

export function notFoundPage(layout: Layout = someJenkins): Reply {
  const notFound = "<h2>Not Found</h2><p>This page may not exist, or you may not have permission to see it.";
  const main = `${rage(layout)}<div id="error-description" style="text-align: center">${notFound}</div>`;
  const reply = page(layout, 404, profileOf(layout.version).title("Not Found"), main);
  // Rendered after Jetty's sendError, which has removed the compression headers.
  const { Vary: _, ...headers } = reply.headers;
  return { ...reply, headers };
}

function rage(layout: Layout): string {
  const image = `${layout.contextPath}/static/${layout.session}/images/rage.svg`;
  return `<h1 style="text-align: center"><img src="${image}" width="154" height="179"><span style="font-size:50px"> Oops!</span></h1>`;
}

export function postRequiredPage(layout: Layout, url: string): Reply {
  const main = `<h1>This URL requires POST</h1><p>The URL you're trying to access requires that requests be sent using POST (like a form submission). The button below allows you to retry accessing this URL using POST. URL being accessed:<p><code>${escaped(url)}</code><p><strong>If you were sent here from an untrusted source, please proceed with caution.</strong><form method="post" autocomplete="off" name="retry"><div width="100%"><button formNoValidate="formNoValidate" name="Submit" value="Retry using POST" class="jenkins-button jenkins-submit-button jenkins-button--primary ">Retry using POST</button></div></form>`;
  const { title, postRequired } = profileOf(layout.version);
  const headers: Record<string, string> = postRequired === "a page with Allow" ? { Allow: "POST" } : {};
  return page(layout, 405, title("Method Not Allowed"), main, headers);
}

/** The page of older versions. */
export function postRequiredSentence(javaMethod: string): Reply {
  const body = `<html><head><title>POST required</title></head><body>
POST is required for ${javaMethod}<br>
<form method='POST'><input type='submit' value='Try POSTing'></form>
</body></html>`;
  return { status: 405, headers: { Allow: "POST", "Content-Type": "text/html;charset=utf-8" }, body };
}

export function accessDeniedPage(layout: Layout, userName: string, permission: Permission): Reply {
  const main = `<h1>Access Denied</h1><p class="error">${escaped(userName)} is missing the ${permission.title} permission`;
  return page(layout, 403, "Jenkins", main, deniedHeaders(userName, permission));
}

/** The page for an anonymous user: a script leads to the login, without an HTTP redirect. */
export function authenticationRequiredPage(layout: Layout, uri: string, permission: Permission): Reply {
  const login = escapedAttribute(`${layout.contextPath}/login?from=${encodeURIComponent(uri)}`);
  const { anonymousDenial } = profileOf(layout.version);
  const isTold = anonymousDenial.permission === "told";
  const headers = {
    ...compressible,
    Expires: "Thu, 01 Jan 1970 00:00:00 GMT",
    "Content-Type": "text/html;charset=utf-8",
    ...hudson,
    ...advertised(layout),
    ...(isTold && deniedHeaders("anonymous", permission)),
  };
  const script =
    anonymousDenial.script === "in a file"
      ? `<script id='redirect' data-redirect-url='${login}' src='${layout.contextPath}/static/${layout.session}/scripts/redirect.js'></script>`
      : `<script>window.location.replace('${login}');</script>`;
  const gap = anonymousDenial.script === "in a file" ? "" : "\n\n";
  const body = `<html><head><meta http-equiv='refresh' content='1;url=${login}'/>${script}</head><body style='background-color:white; color:white;'>
${gap}Authentication required
<!--
${isTold ? denial(permission, anonymousDenial.groups) : ""}-->

</body></html>`;
  return { status: 403, headers, body };
}

function denial(permission: Permission, groups: string): string {
  const implied = permission.impliedBy.map((id) => ` ... which is implied by: ${id}\n`).join("");
  return `You are authenticated as: anonymous
Groups that you are in:
  ${groups}
Permission you need to have (but didn't): ${permission.id}
${implied}`;
}

function deniedHeaders(userName: string, permission: Permission): Record<string, string> {
  const headers: Record<string, string> = {
    // Node.js refuses a header with characters outside Latin-1.
    "X-You-Are-Authenticated-As": encodeURI(userName),
    "X-You-Are-In-Group-Disabled":
      "JENKINS-39402: use -Dhudson.security.AccessDeniedException2.REPORT_GROUP_HEADERS=true or use /whoAmI to diagnose",
    "X-Required-Permission": permission.id,
  };
  if (permission.impliedBy.length > 0) headers["X-Permission-Implied-By"] = permission.impliedBy.join(", ");
  return headers;
}

export function loginPage(layout: Layout, hasForm = true): Reply {
  const { loginForm, loginHeading, title } = profileOf(layout.version);
  const crumb =
    loginForm.wantsCrumb &&
    layout.crumb &&
    `<input name="${layout.crumbRequestField}" type="hidden" value="${layout.crumb}">`;
  const form = !hasForm
    ? ""
    : `<form method="post" name="login" action="${loginForm.action}"><label for="j_username">Username</label><input name="j_username" id="j_username" type="text"><label for="j_password">Password</label><input name="j_password" id="j_password" type="password"><input name="from" type="hidden">${crumb || ""}<button type="submit" name="Submit">Sign in</button></form>`;
  if (loginHeading === undefined) return page(layout, 200, "Jenkins", form);
  const headers = {
    ...compressible,
    "Content-Type": "text/html;charset=utf-8",
    Expires: "Thu, 01 Jan 1970 00:00:00 GMT",
    "Cache-Control": noCache["Cache-Control"],
    ...hudson,
    ...advertised(layout),
    "X-Frame-Options": "sameorigin",
  };
  const body = `<!DOCTYPE html><html lang="en"><head><title>${title("Sign in")}</title><meta name="ROBOTS" content="NOFOLLOW"></head><body class="app-sign-in-register"><main id="main-panel" class="app-sign-in-register__content"><h1>${loginHeading}</h1>${form}</main></body></html>`;
  return { status: 200, headers, body };
}
