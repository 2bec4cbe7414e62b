import { report as reportInReadme } from "../../scripts/docs.ts";

/** The kinds of faults as the README names them, and which faults are of each. */
export const families: Record<string, RegExp> = {
  "the connection breaks: before the request was carried out, after, or so that it is carried out later":
    /^(reset,(?!.*cache)|wire: (reset|request cut|nothing))/,
  "the reply is cut, at any byte": /reply cut/,
  "no reply in time, and the request is carried out later": /^silence/,
  "500 of Jenkins itself, carried out or not": /^(500 of Jenkins(?!.*cache)|POST 500)/,
  "a proxy answers 413, 425, 429, 499 or 500 to 504 in Jenkins' place: not carried out, carried out, or later":
    /^(413|425|429|499|50\d)( with Retry-After)? of a proxy, /,
  "a proxy refuses or redirects in Jenkins' place, any 3xx, 401, 403, 404, 407: not carried out, carried out, or later":
    /^(304|40[1347]|403 without a word|a redirect) of a proxy, /,
  "a proxy answers 200, 202 or 204 in Jenkins' place: not carried out, carried out, or later":
    /^((an empty )?20[024]|an empty 200|a (login )?page with 200|other JSON|204) of a proxy, /,
  "a proxy sends the request twice": /^sent twice(?!.*cache)/,
  "a cache or a lagging replica answers with what was so earlier, or for another user":
    /^a (cache|replica) answers|, and a cache answers afterwards$/,
  "Jenkins is starting or restarts; its sessions are lost": /^(503 (re)?starting|restart|session lost)$/,
  "Jenkins answers 401, 403 or 404 of any kind, or an error in JSON": /^(40[134] (?!.*of a proxy,)|error in JSON)/,
  "200 with something else: a login page, words added, a value of another form, dates in another language":
    /^(login page|a proxy's words|a value|dates)/,
  "others write for the same user, or make a token of the same name": /^(another (process|stack)|a token of the same)/,
  "between two runs: the login changes or dies, or the environment names another Jenkins":
    /^(login (changed|worthless)|environment)/,
  "Pulumi is interrupted, or a custom timeout ends, while a request is under way (the plugin alone is told)":
    /^(interrupted|time limit over)/,
};

export interface Counted {
  runs: number;
  records: number;
  violations: number;
}

/** Writes what a run has counted into the README, between its two marks. */
export function report(rows: Map<string, Counted>, total: Counted, command: string): void {
  const table = Object.entries(families).map(([family, is]) => {
    const counted = [...rows].filter(([fault]) => is.test(fault)).map(([, row]) => row);
    const sum = (of: keyof Counted) => counted.reduce((all, row) => all + row[of], 0).toLocaleString("en");
    return `| ${family} | ${sum("runs")} | ${sum("records")} | ${sum("violations")} |`;
  });
  const [runs, violations] = [total.runs.toLocaleString("en"), total.violations.toLocaleString("en")];
  const text = [
    `\`${command}\`: ${runs} runs, ${violations} violations. A pair of faults counts in both its rows.`,
    "",
    "| what goes wrong | runs | attempts recorded | violations |",
    "|---|---|---|---|",
    ...table,
    "",
  ].join("\n");
  reportInReadme("faults", text);
}
