/** The script of the HTML report. It sorts, filters and pages the table, and inserts texts as text, never as markup. */
export const SCRIPT = String.raw`"use strict";
const PAGE = 200;
const byId = (id) => document.getElementById(id);
const { controllers, findings, rows: data } = JSON.parse(byId("data").textContent);
const heads = [...document.querySelectorAll("thead th")];
const labels = heads.map((head) => head.textContent);
const kinds = heads.map((head) => head.dataset.kind);
const all = data.map(([bits, place, ...cells]) => {
  return { bits, cells: controllers ? [controllers[place], ...cells] : cells, text: "" };
});
let rows = all;
let page = 0;
let sorted = { column: 0, isUp: false };

function textOf(row) {
  row.text ||= [...namesOf(row.bits), ...row.cells].join("\n").toLowerCase();
  return row.text;
}

function namesOf(bits) {
  return findings.filter(([bit]) => bits & bit).map(([, name]) => name);
}

/** The sort key of a row. An unknown or empty cell has no key, and comes last in both directions. */
function keyOf(row, column, kind) {
  if (kind === "findings") return row.bits;
  const cell = row.cells[column - 1];
  if (cell === "?" || cell === "") return undefined;
  if (kind === "number") return Number(cell);
  if (cell === "expired" && kind === "expires") return "0";
  if (cell === "never") return kind === "expires" ? "9" : "0";
  return cell.toLowerCase();
}

function sort() {
  const { column, isUp } = sorted;
  const kind = kinds[column];
  const keyed = all.map((row) => ({ row, key: keyOf(row, column, kind) }));
  const way = isUp ? 1 : -1;
  keyed.sort((one, other) => {
    if (one.key === other.key) return 0;
    if (one.key === undefined) return 1;
    if (other.key === undefined) return -1;
    return one.key < other.key ? -way : way;
  });
  keyed.forEach(({ row }, index) => {
    all[index] = row;
  });
  heads.forEach((head, index) => {
    if (index === column) head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  });
  filter();
}

function filter() {
  const words = byId("text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = Number(byId("finding").value);
  rows = all.filter((row) => (wanted === 0 || row.bits & wanted) && words.every((word) => textOf(row).includes(word)));
  turn(0);
}

function turn(to) {
  page = to;
  const [from, end] = [page * PAGE, Math.min((page + 1) * PAGE, rows.length)];
  byId("rows").replaceChildren(...rows.slice(from, end).map(lineOf));
  const count = (number) => number.toLocaleString("en");
  const part = rows.length > PAGE ? count(from + 1) + " to " + count(end) + " of " : "";
  const rest = rows.length < all.length ? " (" + count(all.length) + " without filters)" : "";
  byId("shown").textContent = part + count(rows.length) + (rows.length === 1 ? " token" : " tokens") + rest;
  byId("previous").setAttribute("aria-disabled", String(page === 0));
  byId("next").setAttribute("aria-disabled", String(end >= rows.length));
}

function lineOf({ bits, cells }) {
  const line = element("tr", "row");
  const list = element("ul");
  const names = namesOf(bits);
  list.append(...names.map((name) => element("li", undefined, name)));
  const first = element("td", "cell");
  if (names.length > 0) first.append(list);
  const others = cells.map((cell, index) => {
    return kinds[index + 1] === "name" ? element("th", "rowheader", cell) : element("td", "cell", cell);
  });
  line.append(first, ...others);
  [...line.children].forEach((cell, index) => {
    cell.dataset.label = labels[index];
    cell.dataset.kind = kinds[index];
    if (cell.tagName === "TH") cell.scope = "row";
  });
  return line;
}

function element(name, role, text = "") {
  const made = document.createElement(name);
  if (role) made.setAttribute("role", role);
  made.textContent = text;
  return made;
}

heads.forEach((head, column) => {
  head.firstElementChild.addEventListener("click", () => {
    const isUp = sorted.column === column ? !sorted.isUp : kinds[column] !== "findings";
    sorted = { column, isUp };
    sort();
  });
});
let timer;
byId("text").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(filter, 100);
});
byId("finding").addEventListener("change", filter);
byId("previous").addEventListener("click", () => {
  if (page > 0) turn(page - 1);
});
byId("next").addEventListener("click", () => {
  if ((page + 1) * PAGE < rows.length) turn(page + 1);
});
for (const button of document.querySelectorAll("[data-show]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    byId("text").value = "";
    byId("finding").value = button.dataset.show;
    filter();
    byId("tokens").scrollIntoView();
    byId("scroll").focus({ preventScroll: true });
  });
}
byId("no-script").remove();
byId("table").hidden = false;
sort();
`;
