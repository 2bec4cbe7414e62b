// A TypeDoc plugin. It adapts the guides, which are written for GitHub and for Pulumi's registry, to a site of their own.
import { Converter, PageEvent } from "typedoc";

const REPOSITORY = "https://github.com/pulumi-jenkins/pulumi-jenkins/tree/main/";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const documents = project.documents ?? [];
    for (const document of documents) document.name = titleOf(document) ?? document.name;
    for (const part of [...(project.readme ?? []), ...documents.flatMap(({ content }) => content)])
      leadToRepository(part);
  });
  app.renderer.on(PageEvent.END, (page) => {
    page.contents = page.contents
      // The registry shows one language at a time. The site shows all of them, below their names.
      ?.replaceAll(
        /<p>\{\{% choosable language (?:&quot;|")?([\w,]+)(?:&quot;|")? %\}\}<\/p>/g,
        "<p><strong>$1</strong></p>",
      )
      .replaceAll(/<p>\{\{(?:&lt;|%).*?(?:&gt;|%)\}\}<\/p>/g, "");
  });
}

/** The first heading, which is the name of the page in the navigation. */
function titleOf({ content }) {
  return /^# (.+)$/m.exec(content.map(({ text }) => text).join(""))?.[1];
}

/** Examples and decisions are not pages of the site, so links to them lead to the repository. */
function leadToRepository(part) {
  const path = /^(?:\.\.\/)*((?:examples|decisions)\/.*)$/.exec(part.text)?.[1];
  if (part.kind === "relative-link" && path) Object.assign(part, { kind: "text", text: REPOSITORY + path });
}
