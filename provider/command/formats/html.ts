/**
 * The report as one HTML file that loads nothing. Its Content-Security-Policy allows the one script and the one style by their hashes.
 * `html` escapes every text. Texts from outside are masked and shortened before.
 */
import { createHash } from "node:crypto";
import { presentable } from "../../redaction.ts";
import type { Asked, Filter } from "../arguments.ts";
import { writeInto } from "../option-file.ts";
import { counted, printable, printableId, remembering, rowsOn, tellAside } from "../output.ts";
import type { Report } from "../report.ts";
import { ATTENTION, bitOf, plotsOf, type Seen, seenOf, TOKEN_FINDINGS } from "./html-figures.ts";
import { grouped, html, Markup } from "./html-markup.ts";
import { SCRIPT } from "./html-script.ts";
import { STYLE } from "./html-style.ts";
import { cellsOf } from "./table.ts";

export async function writeHtml(report: Report, asked: Asked): Promise<void> {
  const file = asked.htmlFile ?? "";
  const hasStack = asked.stacks.length > 0;
  const seen = report.listings.flatMap(({ url, tokens, now }) => {
    return rowsOn(url, tokens).map((token) => seenOf({ token, now, hasStack }));
  });
  await writeInto("--html", file, `<!doctype html>\n${pageOf(report, asked.filters, seen).text}\n`);
  tellAside(`Wrote ${counted(seen.length, "token")} into ${file}.`);
}

function pageOf(report: Report, filters: Filter[], seen: Seen[]): Markup {
  const isWithoutTimes = seen.length > 0 && seen.every(({ token }) => token.createdAt === undefined);
  const title = titleOf(report);
  const policy = [
    `default-src 'none'; script-src ${hashOf(SCRIPT)}; style-src ${hashOf(STYLE)}; base-uri 'none'; form-action 'none'`,
    "require-trusted-types-for 'script'; trusted-types 'none'",
  ].join("; ");
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>Written at ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC by pulumi-jenkins.${filtersOf(filters)}</p>
</header>
<main>
${figuresOf(report, seen)}
${failuresOf(report)}
${uncountedOf(report)}
${attentionOf(seen)}
<section aria-labelledby="plots">
<h2 id="plots">Age, use and expiry</h2>
<div class="plots">${plotsOf(seen)}</div>
${isWithoutTimes ? NO_TIMES : ""}
</section>
${tableOf(report, seen)}
</main>
<script type="application/json" id="data">${dataOf(report, seen)}</script>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>`;
}

const NO_TIMES = html`<p class="hint">The page of a user shows no times. <code>pulumi-jenkins list --via scriptConsole</code> does.</p>`;

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function titleOf({ isFleet, whose, listings }: Report): string {
  const place = isFleet ? counted(listings.length, "controller") : printableId(listings[0]?.url ?? "");
  return `Jenkins API tokens of ${whose === "" ? "the logged-in users" : printableId(whose)} on ${place}`;
}

function filtersOf(filters: Filter[]): Markup | string {
  if (filters.length === 0) return "";
  const written = filters.map(({ name, days, glob }) => {
    const value = days > 0 ? `${days}d` : printable(glob);
    return `--${name}${value && ` ${value}`}`;
  });
  return html` It has only the tokens that meet <code>${written.join(" ")}</code>.`;
}

function figuresOf({ isFleet, listings, all, failures }: Report, seen: Seen[]): Markup {
  const users = new Set(seen.map(({ token }) => token.userId)).size;
  const figures: [label: string, value: number, of?: string][] = [
    ["Tokens", seen.length, all === seen.length ? "" : `of ${grouped(all)}`],
    ["Users with tokens", users],
    ["Need attention", seen.filter(({ bits }) => bits & ATTENTION).length],
    ["Controllers", listings.length, failures.length > 0 ? `of ${grouped(listings.length + failures.length)}` : ""],
  ];
  const cards = figures.map(([label, value, of = ""]) => {
    return html`<div><dt>${label}</dt><dd>${grouped(value)} <small>${of}</small></dd></div>`;
  });
  return html`<dl class="figures">${isFleet ? cards : cards.slice(0, 3)}</dl>`;
}

function failuresOf({ failures }: Report): Markup | string {
  const items = failures.map(({ name, message }) => {
    return html`<li><strong>${printableId(name)}</strong> ${message.split("\n").map(presentable).join(" ")}</li>`;
  });
  return gapOf("failed", "Controllers that failed", "Their tokens are missing from this report.", items);
}

/** The controllers about which a filter can't tell, because they do not count uses. */
function uncountedOf({ listings }: Report): Markup | string {
  const items = listings.flatMap(({ lacksCounts, url }) => (lacksCounts ? [html`<li>${printableId(url)}</li>`] : []));
  const advice = "None of their tokens is known to be unused. Switch on the usage statistics of Jenkins.";
  return gapOf("uncounted", "Controllers that do not count uses", advice, items);
}

/** What the report can't show. */
function gapOf(id: string, title: string, text: string, items: Markup[]): Markup | string {
  if (items.length === 0) return "";
  return html`<section aria-labelledby="${id}" class="gap">
<h2 id="${id}">${title}: ${grouped(items.length)}</h2>
<p>${text}</p>
<ul>${items}</ul>
</section>`;
}

function attentionOf(seen: Seen[]): Markup {
  const items = itemsOf(seen, false);
  const notes = itemsOf(seen, true);
  const nothing = html`<p>No token needs attention. Unknown properties are not counted.</p>`;
  return html`<section aria-labelledby="attention">
<h2 id="attention">Needs attention</h2>
${items.length > 0 ? html`<ol class="findings">${items}</ol>` : nothing}
${notes.length > 0 ? html`<h3 id="notes">Not counted as needing attention</h3><ol class="findings notes">${notes}</ol>` : ""}
</section>`;
}

/** The findings that some tokens have, each with its number of tokens. */
function itemsOf(seen: Seen[], isForNotes: boolean): Markup[] {
  return TOKEN_FINDINGS.flatMap(({ name, advice, isNote = false }, index) => {
    const bit = bitOf(index);
    const count = isNote === isForNotes ? seen.filter(({ bits }) => bits & bit).length : 0;
    if (count === 0) return [];
    return html`<li><strong>${grouped(count)}</strong> <span><b>${name}</b> <span>${advice}</span></span>
<button type="button" data-show="${bit}" hidden>Show<span class="unseen"> the tokens with the finding ${name}</span></button></li>`;
  });
}

/** The name of each column, and the kind, which decides how it sorts and looks. The first column comes before the cells of a token. */
const COLUMNS = [
  ["Findings", "findings"],
  ["Controller", "url"],
  ["User", "user"],
  ["Name", "name"],
  ["UUID", "uuid"],
  ["Created", "created"],
  ["Last used", "used"],
  ["Uses", "number"],
  ["Expires", "expires"],
  ["Remarks", "remarks"],
] as const;

function tableOf({ isFleet }: Report, seen: Seen[]): Markup {
  const head = COLUMNS.filter(([, kind]) => isFleet || kind !== "url").map(([name, kind]) => {
    return html`<th scope="col" role="columnheader" data-kind="${kind}"><button type="button">${name}</button></th>`;
  });
  const options = TOKEN_FINDINGS.flatMap(({ name }, index) => {
    const bit = bitOf(index);
    return seen.some(({ bits }) => bits & bit) ? [html`<option value="${bit}">${name}</option>`] : [];
  });
  return html`<section aria-labelledby="tokens">
<h2 id="tokens">Tokens</h2>
<p id="no-script">The table of the tokens needs JavaScript, which does not run here.</p>
<div id="table" hidden>
<div class="controls" role="search" aria-label="Filter the tokens">
<label>Text <input id="text" type="search" autocomplete="off" spellcheck="false" placeholder="Name, user, UUID …"></label>
<label>Findings <select id="finding"><option value="0">all tokens</option><option value="${ATTENTION}">needs attention</option>${options}</select></label>
</div>
<div class="scroll" id="scroll" role="region" aria-labelledby="caption" tabindex="0">
<table role="table">
<caption id="caption">Tokens <span class="screen">(the buttons in the header sort them)</span></caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup" id="rows" translate="no"></tbody>
</table>
</div>
<nav class="pages" aria-label="Pages of the table">
<button type="button" id="previous">Previous</button>
<p id="shown" role="status"></p>
<button type="button" id="next">Next</button>
</nav>
</div>
</section>`;
}

/** The data that the script shows. The script inserts it only as text. */
function dataOf({ isFleet, listings }: Report, seen: Seen[]): Markup {
  const [print, printId] = remembering();
  const places = new Map(listings.map(({ url }, index) => [url, index]));
  const rows = seen.map(({ token, bits }) => {
    return [bits, places.get(token.jenkinsUrl), ...cellsOf(token, print, printId).slice(1)];
  });
  // A note would be at nearly every token, so the table does not show it.
  const findings = TOKEN_FINDINGS.flatMap(({ name, isNote }, index) => (isNote ? [] : [[bitOf(index), name]]));
  const controllers = isFleet ? listings.map(({ url }) => printId(url)) : undefined;
  // A "<" could end the element that contains the data.
  return new Markup(JSON.stringify({ controllers, findings, rows }).replaceAll("<", "\\u003c"));
}
