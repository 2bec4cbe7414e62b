export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Whether the body is compressed if the client accepts it. Default: if the reply has a `Vary`. */
  isCompressible?: boolean;
}

/** The header of Jetty's compression. It is there even if the client does not accept compression. */
export const compressible = { Vary: "Accept-Encoding" };

/** JSON of a descriptor's method, without X-Jenkins, which only the remote API and pages have. */
export function json(value: unknown): Reply {
  // json-lib writes "<\/", so that a reply inside a script element cannot close the element.
  const body = JSON.stringify(value).replaceAll("</", "<\\/");
  return { status: 200, headers: { ...compressible, "Content-Type": "application/json;charset=utf-8" }, body };
}

/** A piece of markup that a script inserts into the page. */
export function html(body: string, headers: Record<string, string> = {}): Reply {
  return { status: 200, headers: { ...compressible, ...headers, "Content-Type": "text/html;charset=utf-8" }, body };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...compressible, ...headers }, body: "" };
}

/** Jenkins' own `errorJSON`, with the status 200. */
export function errorJson(message: string): Reply {
  return json({ status: "error", message });
}
