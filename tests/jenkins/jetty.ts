import type { Jetty } from "./profile.ts";
import type { Reply } from "./reply.ts";

interface JettyError {
  status: number;
  message: string;
  uri: string;
  accept?: string | undefined;
  /** Absent if no servlet received the request, as outside the context path since Jetty 12. Before Jetty 12 it is "-" there. */
  servlet?: "Stapler" | "-";
}

const headers = { "Cache-Control": "must-revalidate,no-cache,no-store" };

/** The container's own error page, in the form that the client prefers. Empty if the client accepts no form. */
export function jettyError(error: JettyError, jetty: Jetty): Reply {
  const { status } = error;
  switch (preferred(error.accept)) {
    case "html":
      return {
        status,
        headers: { ...headers, "Content-Type": "text/html;charset=iso-8859-1" },
        body: html(error, jetty),
      };
    case "json":
      return { status, headers: { ...headers, "Content-Type": "application/json" }, body: json(error) };
    case "text":
      return { status, headers: { ...headers, "Content-Type": "text/plain" }, body: text(error) };
    default:
      return { status, headers, body: "" };
  }
}

function preferred(accept = "*/*"): "html" | "json" | "text" | undefined {
  const ranges = accept
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))
    .map(([type = "", ...parameters]) => ({ type, quality: qualityOf(parameters) }))
    .sort((a, b) => b.quality - a.quality);
  for (const { type } of ranges) {
    if (type === "*/*" || type === "text/*" || type === "text/html") return "html";
    if (type === "application/json" || type === "text/json") return "json";
    if (type === "text/plain") return "text";
  }
  return undefined;
}

function qualityOf(parameters: string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  return quality === undefined ? 1 : Number(quality.slice(2));
}

function html(error: JettyError, { version, errorPage }: Jetty): string {
  const message = escapeHtml(error.message);
  return `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=${errorPage.charset}"/>
<title>Error ${error.status} ${message}</title>
</head>
<body>${error.servlet ? "" : "\n"}${errorPage.reason === "table" ? table(error, message) : sentence(error, message)}${errorPage.rule}<a href="${errorPage.home}">Powered by Jetty:// ${version}</a><hr/>

</body>
</html>
`;
}

function table(error: JettyError, message: string): string {
  const servlet = error.servlet ? `<tr><th>SERVLET:</th><td>${error.servlet}</td></tr>\n` : "";
  return `<h2>HTTP ERROR ${error.status} ${message}</h2>
<table>
<tr><th>URI:</th><td>${escapeHtml(error.uri)}</td></tr>
<tr><th>STATUS:</th><td>${error.status}</td></tr>
<tr><th>MESSAGE:</th><td>${message}</td></tr>
${servlet}</table>
`;
}

function sentence(error: JettyError, message: string): string {
  return `<h2>HTTP ERROR ${error.status}</h2>
<p>Problem accessing ${escapeHtml(error.uri)}. Reason:
<pre>    ${message}</pre></p>`;
}

/** Jetty's JSON: one member per line, and the status as a string. */
function json(error: JettyError): string {
  const { servlet, message, uri, status } = error;
  const members = Object.entries({ servlet, message, url: uri, status: String(status) })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{\n${members.join(",\n")}\n}`;
}

function text(error: JettyError): string {
  return `HTTP ERROR ${error.status} ${error.message}\nURI: ${error.uri}\nSTATUS: ${error.status}\nMESSAGE: ${error.message}\n`;
}

function escapeHtml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
