import { DomUtils, ElementType, parseDocument } from "htmlparser2";

/** A reply without its variable parts, for the comparison with recordings of a real Jenkins. */
export interface Shape {
  status: number;
  headers: Record<string, string>;
  /** The body of a reply that is not a page in Jenkins' layout. */
  text?: string[];
  page?: PageShape;
  tokens?: TokenPageShape;
}

export interface PageShape {
  title: string;
  h1: string;
  h2: string;
  crumbRequestField: string;
}

interface TokenPageShape {
  title: string;
  /** The elements of the tokens, one line each: cards below `#api-token-list`, or rows in older versions. */
  list: string[];
  /** The hidden template that a script copies for a new token. It is not a token. */
  template: string[];
  addButtons: number;
  /** The text of the legacy token's field, if there is one. */
  legacyToken?: string;
}

type Document = ReturnType<typeof parseDocument>;
type Element = Parameters<typeof DomUtils.getName>[0];
type Node = Document["children"][number];

const comparedHeaders = [
  "allow",
  "cache-control",
  "content-security-policy-report-only",
  "content-type",
  "cross-origin-opener-policy",
  "location",
  "referrer-policy",
  "reporting-endpoints",
  "script",
  "server",
  "set-cookie",
  "vary",
  "www-authenticate",
  "x-content-type-options",
  "x-frame-options",
  "x-hudson",
  "x-jenkins",
  "x-jenkins-session",
  "x-jenkins-validatebutton-callback",
  "x-permission-implied-by",
  "x-required-permission",
  "x-you-are-authenticated-as",
  "x-you-are-in-group-disabled",
];

export function shapeOf(status: number, headers: Headers, body: string): Shape {
  const shape: Shape = { status, headers: headersOf(headers) };
  if (/id="api-token-list"|"token-list |name="_\.apiToken"/.test(body)) {
    return { ...shape, tokens: tokenPageOf(parseDocument(body)) };
  }
  if (body.includes("<!DOCTYPE html>")) return { ...shape, page: pageOf(parseDocument(body)) };
  return { ...shape, text: blanked(body).trim().split("\n") };
}

function headersOf(headers: Headers): Record<string, string> {
  const present = comparedHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, name === "x-jenkins-session" ? "<session>" : withoutRepeats(blanked(value))]];
  });
  return Object.fromEntries(present);
}

/** One recorded page has the same X-Frame-Options twice. */
function withoutRepeats(value: string): string {
  return /^(\w+), \1$/.exec(value)?.[1] ?? value;
}

function pageOf(document: Document): PageShape {
  const head = DomUtils.getElementsByTagName("head", document)[0];
  return {
    title: textOf("title", document),
    h1: textOf("h1", document),
    h2: textOf("h2", document),
    crumbRequestField: (head && DomUtils.getAttributeValue(head, "data-crumb-header")) ?? "",
  };
}

function tokenPageOf(document: Document): TokenPageShape {
  const list = DomUtils.getElementById("api-token-list", document);
  const chunks = withClass(document, "repeated-chunk").filter(
    (chunk) => withClass(chunk, "token-list-item").length > 0,
  );
  const [template, ...rows] = chunks;
  const legacyToken = DomUtils.getElementById("apiToken", document);
  return {
    title: textOf("title", document),
    list: list ? outline(list) : rows.flatMap(outline),
    template: outline(DomUtils.getElementById("api-token-row-template", document) ?? template),
    addButtons: [...withClass(document, "api-token-property-add"), ...addButtonsOf(document)].length,
    ...(legacyToken && { legacyToken: blanked(DomUtils.getAttributeValue(legacyToken, "value") ?? "") }),
  };
}

function addButtonsOf(document: Document): Element[] {
  return withClass(document, "token-list").flatMap((list) => withClass(list, "repeatable-add"));
}

function withClass(within: Document | Element, name: string): Element[] {
  return DomUtils.getElementsByTagName("*", within.children).filter((element) =>
    (DomUtils.getAttributeValue(element, "class") ?? "").split(/\s+/).includes(name),
  );
}

function textOf(tag: string, document: Document): string {
  const element = DomUtils.getElementsByTagName(tag, document)[0];
  return element ? DomUtils.textContent(element).trim() : "";
}

function outline(element: Element | undefined): string[] {
  return element ? element.children.flatMap((child) => lines(child, "")) : [];
}

/** The markup without pictures. */
function lines(node: Node, indent: string): string[] {
  if (node.type === ElementType.Text) {
    const text = blanked(node.data.trim());
    return text === "" ? [] : [indent + JSON.stringify(text)];
  }
  if (node.type !== ElementType.Tag || node.name === "svg") return [];
  return [indent + opening(node), ...node.children.flatMap((child) => lines(child, `${indent}  `))];
}

function opening(element: Element): string {
  const attributes = Object.entries(element.attribs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ` ${name}=${JSON.stringify(blanked(value.replaceAll(/\s+/g, " ").trim()))}`);
  return element.name + attributes.join("");
}

function blanked(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<crumb>")
    .replaceAll(/\b11[0-9a-f]{32}\b/g, "<value>")
    .replaceAll(/\b[0-9a-f]{32}\b/g, "<32 hex>")
    .replaceAll(/(?<=Details|Token)@[0-9a-f]+/g, "@<hash>")
    .replaceAll(/(?<=content-security-policy-reporting-endpoint\/)[^;]+/g, "<reporter>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<instant>")
    .replaceAll(/\d{1,2}:\d\d:\d\d(?! GMT)/g, "<time>")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "<server>")
    .replaceAll(/\/(static|adjuncts)\/[0-9a-f]{8}\//g, "/$1/<session>/")
    .replaceAll(/JSESSIONID\.[0-9a-f]{8}=node0\w+\.node0/g, "JSESSIONID.<8 hex>=<session>");
}
