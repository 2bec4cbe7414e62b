import type { Reply } from "./reply.ts";

/** How a proxy refuses: with a status, or with its own page and a 200. */
export type BlockedJson = 403 | 404 | "html";

/** Some proxies before Jenkins refuse all paths with `/api/json`. This one refuses only the crumb. */
export function blockedCrumb(path: string, blocked: BlockedJson | undefined): Reply | undefined {
  if (blocked === undefined || !/\/crumbIssuer\/api\/json\/?(?:\?|$)/.test(path)) return undefined;
  const [status, title] = blocked === "html" ? [200, "Welcome"] : [blocked, titles[blocked]];
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { Server: "nginx", "Content-Type": "text/html" }, body };
}

const titles = { 403: "403 Forbidden", 404: "404 Not Found" };
