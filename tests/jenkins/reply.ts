export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Comes compressed to who asks for it; unless given, what has a `Vary` does. */
  isCompressible?: boolean;
}

/** What passed through Jetty's compression, which says so even when the client didn't ask for it. */
export const compressible = { Vary: "Accept-Encoding" };

/** JSON of a descriptor's method: without X-Jenkins, which only the remote API and pages carry. */
export function json(value: unknown): Reply {
  // json-lib writes "<\/", so that a reply inside a script element can't end it.
  const body = JSON.stringify(value).replaceAll("</", "<\\/");
  return { status: 200, headers: { ...compressible, "Content-Type": "application/json;charset=utf-8" }, body };
}

/** A scrap of markup, which a script puts into the page. */
export function html(body: string, headers: Record<string, string> = {}): Reply {
  return { status: 200, headers: { ...compressible, ...headers, "Content-Type": "text/html;charset=utf-8" }, body };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...compressible, ...headers }, body: "" };
}

/** Jenkins' own `errorJSON`, which leaves the status at 200. */
export function errorJson(message: string): Reply {
  return json({ status: "error", message });
}
