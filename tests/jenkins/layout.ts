import { profileOf } from "./profiles.ts";
import { compressible, type Reply } from "./reply.ts";

/** One run of a Jenkins. */
export interface Instance {
  version: string;
  /** A new id at every start: the X-Jenkins-Session header, and a part of each static resource's path. */
  session: string;
}

/** The data of every page, including the crumb for its scripts. */
export interface Layout extends Instance {
  contextPath: string;
  crumbRequestField: string;
  crumb: string;
}

export const noCache = { "Cache-Control": "no-cache,no-store,must-revalidate", Expires: "0" };

/** The marks of a Jenkins reply. Pages and the remote API have them, and descriptors do not. */
export function advertised({ version, session }: Instance): Record<string, string> {
  return { "X-Jenkins": version, "X-Jenkins-Session": session };
}

export const hudson = { "X-Hudson": "1.395" };

/** A page in Jenkins' layout. */
export function page(
  layout: Layout,
  status: number,
  title: string,
  main: string,
  more: Record<string, string> = {},
): Reply {
  const headers = {
    ...compressible,
    ...more,
    "Content-Type": "text/html;charset=utf-8",
    ...noCache,
    ...profileOf(layout.version).pageHeaders,
    ...hudson,
    ...advertised(layout),
    "X-Frame-Options": "sameorigin",
  };
  return { status, headers, body: document(layout, title, main) };
}

function document(layout: Layout, title: string, main: string): string {
  const { contextPath, version } = layout;
  const resources = `${contextPath}/static/${layout.session}`;
  const { crumbInPages } = profileOf(version);
  const crumb = crumbInPages
    ? ` data-crumb-header="${layout.crumbRequestField}" data-crumb-value="${layout.crumb}"`
    : "";
  return `

  <!DOCTYPE html><html data-disable-sticky="false"><head resURL="${resources}" data-rooturl="${contextPath}" data-resurl="${resources}" data-extensions-available="true" data-unit-test="false" data-imagesurl="${resources}/images"${crumb}>

    <title>${title}</title><link rel="stylesheet" href="${resources}/jsbundles/styles.css" type="text/css"><meta name="ROBOTS" content="INDEX,NOFOLLOW"><script src="${resources}/scripts/behavior.js" type="text/javascript"></script></head><body id="jenkins" data-search-url="${contextPath}/search/suggest" class="one-column jenkins-${version}" data-version="${version}"><a href="#skip2content" class="jenkins-skip-link">Skip to content</a><header id="page-header" class="jenkins-header"></header><div id="page-body" class="app-page-body clear"><div id="main-panel"><a id="skip2content"></a><!--
start of main content ⇒
-->${main}<!--
⇐ end of main content
--></div></div><footer class="page-footer jenkins-mobile-hide"><button type="button" class="jenkins-button jenkins-button--tertiary jenkins_ver">Jenkins ${version}</button></footer></body></html>`;
}

/** Jelly escapes only the characters that would begin markup, both in text and in attributes. */
export function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

export function escapedAttribute(content: string): string {
  return escaped(content).replaceAll('"', "&quot;");
}
