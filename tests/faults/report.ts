import { report as writeReport } from "../../scripts/docs.ts";

/** The kinds of faults in docs/injected-faults.md, and the pattern of their names. */
export const families: Record<string, RegExp> = {
  "the connection breaks. The request is carried out before that, later, or never":
    /^(reset,(?!.*cache)|wire: (reset|request cut|nothing))/,
  "the reply is cut, at any byte": /reply cut/,
  "the reply times out, and the request is carried out later": /^silence/,
  "Jenkins itself answers 500, and the request was carried out or not": /^(500 of Jenkins(?!.*cache)|POST 500)/,
  "a proxy answers 413, 425, 429, 499 or 500 to 504. The request is carried out at once, later, or never":
    /^(413|425|429|499|50\d)( with Retry-After)? of a proxy, /,
  "a proxy answers 401, 403, 404, 407 or any 3xx. The request is carried out at once, later, or never":
    /^(304|40[1347]|403 without a word|a redirect) of a proxy, /,
  "a proxy answers 200, 202 or 204. The request is carried out at once, later, or never":
    /^((an empty )?20[024]|an empty 200|a (login )?page with 200|other JSON|204) of a proxy, /,
  "a proxy sends the request twice": /^sent twice(?!.*cache)/,
  "a cache or a lagging replica returns an old page, or another user's page":
    /^a (cache|replica) answers|, and a cache answers afterwards$/,
  "Jenkins is starting, restarts, or loses its sessions": /^(503 (re)?starting|restart|session lost)$/,
  "Jenkins answers 401, 403 or 404 of any kind, or an error in JSON": /^(40[134] (?!.*of a proxy,)|error in JSON)/,
  "Jenkins' 200 is replaced or changed: a login page, added text, a malformed value, dates in another language":
    /^(login page|a proxy's words|a value|dates)/,
  "another process changes the same user, or creates a token of the same name":
    /^(another (process|stack)|a token of the same)/,
  "between two runs, the credentials change or stop working, or the environment names another Jenkins":
    /^(login (changed|worthless)|environment)/,
  "Pulumi is interrupted, or a custom timeout expires, during a request (only with the plugin)":
    /^(interrupted|time limit over)/,
  "a run is killed before Jenkins has carried a request out, or after that": /^killed/,
};

export interface Counted {
  runs: number;
  records: number;
  violations: number;
}

/** Writes the counts of a run into docs/injected-faults.md. */
export function report(rows: Map<string, Counted>, total: Counted, command: string): void {
  const table = Object.entries(families).map(([family, is]) => {
    const counted = [...rows].filter(([fault]) => is.test(fault)).map(([, row]) => row);
    const sum = (of: keyof Counted) => counted.reduce((all, row) => all + row[of], 0).toLocaleString("en");
    return `| ${family} | ${sum("runs")} | ${sum("records")} | ${sum("violations")} |`;
  });
  const [runs, violations] = [total.runs.toLocaleString("en"), total.violations.toLocaleString("en")];
  const text = [
    `\`${command}\`: ${runs} runs, ${violations} violations. A run with two faults counts in two rows.`,
    "",
    "| fault | runs | recorded as pending | violations |",
    "|---|---|---|---|",
    ...table,
    "",
  ].join("\n");
  writeReport("faults", text);
}
