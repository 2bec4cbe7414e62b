/** The style of the HTML report: light and dark, narrow and wide, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #d5dae1; --text: #1c2128; --quiet: #57606a;
  --accent: #0b5fc4; --bad: #b3480b; --bad-card: #fdf1e7; --unknown: #8c959f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --card: #19202a; --line: #333d4a; --text: #e6ebf1; --quiet: #a0acb9;
    --accent: #6cb2ff; --bad: #ffb077; --bad-card: #33241a; --unknown: #7d8896;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 90rem; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 3rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .75rem; scroll-margin-top: 1rem; }
header p, .hint, .gap p { color: var(--quiet); margin: 0; }
code { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
small { font-size: .9rem; font-weight: 400; color: var(--quiet); }
button, input, select {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .35rem .75rem;
}
button { cursor: pointer; color: var(--accent); }
button:hover { border-color: var(--accent); }
button[aria-disabled="true"] { color: var(--quiet); border-color: var(--line); cursor: default; opacity: .7; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.figures, .plots { display: grid; gap: 1rem; margin: 1.25rem 0 0; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.figures > div, figure, .findings, .gap, .scroll {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
.figures > div { padding: .75rem 1rem; }
dt { color: var(--quiet); font-size: .9rem; }
dd { margin: 0; font-size: 1.9rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }

.gap { padding: 0 1.25rem 1rem; margin-top: 1.5rem; border-color: var(--bad); background: var(--bad-card); }
.gap h2 { margin-top: 1rem; color: var(--bad); }
.gap ul { margin: .75rem 0 0; padding: 0; list-style: none; max-height: 20rem; overflow: auto; }
.gap li { padding: .35rem 0; overflow-wrap: anywhere; }

.findings { display: grid; grid-template-columns: auto 1fr auto; column-gap: 1.25rem; list-style: none; margin: 0; padding: 0 1.25rem; }
.findings li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; row-gap: .25rem; align-items: center; padding: .75rem 0; }
.findings li + li { border-top: 1px solid var(--line); }
.findings strong { font-size: 1.4rem; line-height: 1.2; text-align: right; color: var(--bad); font-variant-numeric: tabular-nums; }
.findings b { display: block; }
.findings b::first-letter { text-transform: uppercase; }
.findings span > span { color: var(--quiet); }
h3 { font-size: .9rem; font-weight: 400; color: var(--quiet); margin: 1.25rem 0 .5rem; }
.notes strong { color: var(--quiet); }

.plots { grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); margin-top: 0; }
figure { margin: 0; padding: .75rem 1rem 1rem; }
figcaption { font-weight: 650; margin-bottom: .5rem; }
svg { display: block; width: 100%; max-width: 30rem; height: auto; }
svg text { fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg .count { fill: var(--text); }
.good { fill: var(--accent); }
.bad { fill: var(--bad); }
.unknown { fill: var(--unknown); }
.hint { margin-top: .75rem; font-size: .9rem; }

.controls { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; margin-bottom: .75rem; }
.controls label { display: flex; align-items: center; gap: .5rem; color: var(--quiet); }
.controls input, .controls select { color: var(--text); min-width: 0; }
.controls input { width: 20rem; max-width: 100%; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .6rem .55rem; color: var(--quiet); }
th, td { text-align: left; vertical-align: top; padding: .45rem .55rem; border-top: 1px solid var(--line); overflow: hidden; overflow-wrap: anywhere; }
tbody th { font-weight: 600; min-width: 9rem; }
[data-kind="created"], [data-kind="used"], [data-kind="number"], [data-kind="expires"] { white-space: nowrap; }
tbody [data-kind="url"] { min-width: 10rem; }
tbody [data-kind="uuid"] { min-width: 10.5rem; font: .75rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
tbody [data-kind="user"], tbody [data-kind="remarks"] { min-width: 5.5rem; }
tbody tr:hover { background: var(--page); }
thead th { padding: 0; white-space: nowrap; }
thead button { width: 100%; border: 0; border-radius: 0; background: none; text-align: left; font-weight: 650; padding: .5rem .55rem; }
thead button:hover { text-decoration: underline; }
[aria-sort="ascending"] button::after { content: " ↑" / ""; }
[aria-sort="descending"] button::after { content: " ↓" / ""; }
thead button:focus-visible { outline-offset: -3px; }
td ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem; }
td li { border: 1px solid var(--bad); color: var(--bad); border-radius: 1rem; padding: 0 .5rem; font-size: .75rem; line-height: 1.35rem; white-space: nowrap; }
.pages { display: flex; align-items: center; justify-content: space-between; gap: 1rem; margin-top: .75rem; }
.pages p { margin: 0; text-align: center; color: var(--quiet); }

@media screen and (max-width: 48rem) {
  h1 { font-size: 1.3rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: .75rem; }
  dd { font-size: 1.5rem; }
  .findings { grid-template-columns: auto 1fr; padding: 0 1rem; }
  .findings strong { text-align: left; }
  .findings li > span { grid-column: 1 / -1; grid-row: 2; }
  .findings button { justify-self: end; }
  .controls label { width: 100%; justify-content: space-between; }
  .controls input, .controls select { flex: 1; max-width: 14rem; }
  .scroll { overflow: visible; background: none; border: 0; }
  table, thead, tbody, tr, th, td, caption { display: block; }
  caption { padding: 0 0 .5rem; }
  thead tr { display: flex; flex-wrap: wrap; gap: .35rem; margin-bottom: .75rem; }
  thead th { border: 0; min-width: 0; overflow: visible; }
  thead button { border: 1px solid var(--line); border-radius: 6px; background: var(--card); padding: .25rem .5rem; }
  tbody tr { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .5rem .9rem; margin-bottom: .75rem; }
  tbody th, tbody td { display: grid; grid-template-columns: 6.5rem 1fr; gap: .5rem; border: 0; padding: .15rem 0; }
  tbody th { order: -1; grid-template-columns: 1fr; font-size: 1rem; }
  tbody td:empty { display: none; }
  tbody td::before { content: attr(data-label); color: var(--quiet); font: .875rem/1.5 system-ui, sans-serif; }
}

@media print {
  @page { margin: 12mm; size: landscape; }
  :root { color-scheme: light; --page: #fff; }
  body { padding: 0; max-width: none; font-size: 9pt; }
  button:not(thead button), .controls, .screen { display: none; }
  thead button { padding: .25rem .35rem; color: inherit; }
  thead button::after { content: none; }
  .plots { grid-template-columns: repeat(3, 1fr); }
  figure, .findings li, .figures, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; border: 0; }
  .gap ul { max-height: none; }
  table { font-size: 7.5pt; }
  th, td { padding: .25rem .35rem; }
  td li, tbody [data-kind="uuid"] { font-size: 6.5pt; line-height: 1.5; }
  * { print-color-adjust: exact; }
}
@media (forced-colors: active) {
  rect { fill: CanvasText; }
}
`;
