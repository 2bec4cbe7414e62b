/** The numbers and plots in the HTML report. An unknown property of a token counts as unknown, and never as a finding. */
import { DAY_MS } from "../../expiry.ts";
import type { Filter } from "../arguments.ts";
import { isOfStack, meets } from "../filters.ts";
import type { Row } from "../output.ts";
import { grouped, html, type Markup } from "./html-markup.ts";

interface Known {
  token: Row;
  /** The time on the clock of its controller. */
  now: Date;
  /** Whether the tokens were compared with the state of a stack. */
  hasStack: boolean;
}

export interface Seen extends Known {
  /** The sum of the bits of its findings. */
  bits: number;
}

/** What several findings ask about a token. */
interface Facts {
  /** Certainly not used for a long time. An expired token does not count: nobody can use it. */
  isUnused: boolean;
  isNeverUsed: boolean;
  isWithoutEnd: boolean;
}

interface TokenFinding {
  name: string;
  /** Why it matters, and what to do. */
  advice: string;
  isOn: (known: Known & Facts) => boolean;
  /** Whether so many tokens have it that it says nothing about one of them. It does not count as needing attention. */
  isNote?: true;
}

interface Plot {
  title: string;
  /** The bars with their maximum of days. A token is in the first bar whose maximum it does not exceed. */
  bars: [label: string, most: number][];
  /** A number of days, or the label of another bar. */
  of: (known: Known) => number | string;
  others: string[];
}

const UNUSED_DAYS = 90;
const SOON_DAYS = 14;
const MORE = Number.POSITIVE_INFINITY;
const UNKNOWN_LABEL = "unknown";
const NEVER_USED = "never used";
const EXPIRED = "expired";
const NEVER_EXPIRES = "never expires";

/** The most urgent first, and the notes last. */
export const TOKEN_FINDINGS: TokenFinding[] = [
  {
    name: EXPIRED,
    advice:
      "Jenkins refuses it, but still lists it. A program that needs it fails now: give it another token. Then revoke this one.",
    isOn: ({ token }) => token.isExpired,
  },
  {
    name: "left over",
    advice: "A killed run left it. If nobody works on the stack now, run pulumi-jenkins revoke --leftover.",
    isOn: ({ token }) => token.isLeftover === true,
  },
  {
    name: "unused, never expires",
    advice: `Its last use was at least ${UNUSED_DAYS} days ago, and it works until somebody revokes it. Ask its owner, then revoke it.`,
    isOn: ({ isUnused, isNeverUsed, isWithoutEnd }) => isUnused && !isNeverUsed && isWithoutEnd,
  },
  {
    name: "old, never used",
    advice: `It was created at least ${UNUSED_DAYS} days ago, and nobody has logged in with it. Ask its owner, then revoke it.`,
    isOn: ({ isUnused, isNeverUsed }) => isUnused && isNeverUsed,
  },
  {
    name: `expires within ${SOON_DAYS} days`,
    advice: "Jenkins refuses it after its last day. Replace it before then.",
    isOn: (known) => !known.token.isExpired && daysLeft(known) <= SOON_DAYS,
  },
  {
    name: `unused for ${UNUSED_DAYS} days`,
    advice:
      "Nobody has logged in with it during this time. It works until its last day. Ask its owner, then revoke it.",
    isOn: ({ isUnused, isNeverUsed, isWithoutEnd }) => isUnused && !isNeverUsed && !isWithoutEnd,
  },
  {
    name: "legacy",
    advice: "It has no name and no last day. Replace it with a named API token.",
    isOn: ({ token }) => token.isLegacy,
  },
  {
    name: "not in a stack",
    advice: "No resource of the given stacks has it. Another stack may manage it, or somebody has created it by hand.",
    isOn: ({ token, hasStack }) => hasStack && !isOfStack(token),
    isNote: true,
  },
  {
    name: NEVER_EXPIRES,
    advice: "If its value leaks, it works until somebody revokes it.",
    isOn: ({ isWithoutEnd }) => isWithoutEnd,
    isNote: true,
  },
];

const PLOTS: Plot[] = [
  {
    title: "Age",
    bars: [
      ["under 30 days", 29],
      ["30 to 89 days", 89],
      ["90 to 364 days", 364],
      ["1 to 2 years", 729],
      ["2 years or more", MORE],
    ],
    of: ({ token, now }) => daysSince(token.createdAt, now),
    others: [UNKNOWN_LABEL],
  },
  {
    title: "Last use",
    bars: [
      ["under 7 days ago", 6],
      ["7 to 29 days ago", 29],
      ["30 to 89 days ago", 89],
      ["90 to 364 days ago", 364],
      ["a year ago or more", MORE],
    ],
    of: ({ token, now }) => (token.useCount === 0 ? NEVER_USED : daysSince(token.lastUsedAt, now)),
    others: [NEVER_USED, UNKNOWN_LABEL],
  },
  {
    title: "Days left",
    bars: [
      [`0 to ${SOON_DAYS} days`, SOON_DAYS],
      [`${SOON_DAYS + 1} to 90 days`, 90],
      ["91 to 365 days", 365],
      ["over a year", MORE],
    ],
    of: leftOf,
    others: [EXPIRED, NEVER_EXPIRES, UNKNOWN_LABEL],
  },
];

export function seenOf(known: Known): Seen {
  const facts = factsOf(known);
  const on = TOKEN_FINDINGS.map(({ isOn }, index) => (isOn(facts) ? bitOf(index) : 0));
  return { ...known, bits: on.reduce((sum, bit) => sum + bit, 0) };
}

function factsOf(known: Known): Known & Facts {
  return {
    ...known,
    isUnused: !known.token.isExpired && isMet(known, { name: "unused-for", days: UNUSED_DAYS }),
    isNeverUsed: isMet(known, { name: "never-used" }),
    isWithoutEnd: isMet(known, { name: "never-expires" }),
  };
}

/** The more urgent a finding, the higher its bit, so that tokens sort by the sum. */
export function bitOf(index: number): number {
  return 2 ** (TOKEN_FINDINGS.length - 1 - index);
}

/** The bits of the findings that are no notes. */
export const ATTENTION = TOKEN_FINDINGS.reduce((sum, { isNote }, index) => sum + (isNote ? 0 : bitOf(index)), 0);

function isMet({ token, now }: Known, filter: Partial<Filter> & Pick<Filter, "name">): boolean {
  return meets(token, { days: 0, glob: "", ...filter }, now);
}

function daysSince(time = "", now: Date): number | string {
  const days = Math.floor((now.getTime() - Date.parse(time)) / DAY_MS);
  return Number.isNaN(days) ? UNKNOWN_LABEL : days;
}

function leftOf(known: Known): number | string {
  if (known.token.isExpired) return EXPIRED;
  if (known.token.expiresOn === undefined) return NEVER_EXPIRES;
  const days = daysLeft(known);
  return Number.isNaN(days) ? UNKNOWN_LABEL : days;
}

/** Whole days until the last day. NaN if the last day is unknown, or if the token never expires. */
function daysLeft({ token: { expiresOn = "" }, now }: Known): number {
  const today = Date.parse(now.toISOString().slice(0, 10));
  return Math.round((Date.parse(expiresOn) - today) / DAY_MS);
}

const [ROW, LABELS, BAR] = [26, 144, 140];

export function plotsOf(seen: Seen[]): Markup[] {
  return PLOTS.map((plot, index) => plotOf(plot, index, seen));
}

/** Horizontal bars, each with its label and its count as text. */
function plotOf({ title, bars, others, of }: Plot, index: number, seen: Seen[]): Markup {
  const labels = [...bars.map(([label]) => label), ...others];
  const counts = new Map(labels.map((label) => [label, 0]));
  for (const one of seen) {
    const value = of(one);
    const label = typeof value === "string" ? value : (bars.find(([, most]) => value <= most)?.[0] ?? "");
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  if (counts.get(UNKNOWN_LABEL) === 0) counts.delete(UNKNOWN_LABEL);
  const most = Math.max(1, ...counts.values());
  const rows = [...counts].map(([label, count], row) => {
    const width = count === 0 ? 0 : Math.max(3, Math.round((count / most) * BAR));
    const y = row * ROW;
    return html`<text x="${LABELS - 8}" y="${y + 17}" text-anchor="end">${label}</text>
<rect x="${LABELS}" y="${y + 4}" width="${width}" height="${ROW - 8}" rx="2" class="${kindOf(label)}"/>
<text x="${LABELS + width + 6}" y="${y + 17}" class="count">${grouped(count)}</text>`;
  });
  const told = [...counts].map(([label, count]) => `${label}: ${grouped(count)}`).join(", ");
  return html`<figure>
<figcaption id="plot-${index}">${title}</figcaption>
<svg role="img" aria-labelledby="plot-${index} told-${index}" viewBox="0 0 340 ${counts.size * ROW}" font-size="13">
<desc id="told-${index}">Tokens by ${title.toLowerCase()}: ${told}.</desc>
${rows}
</svg>
</figure>`;
}

function kindOf(label: string): string {
  if (label === UNKNOWN_LABEL) return "unknown";
  return /^(expired|a year ago|90 to 364 days ago)/.test(label) ? "bad" : "good";
}
