/** The output of the demo: at most 80 columns, in colours if the terminal shows them, and never a secret. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

const secrets = new Set<string>();

/** Masks the text in all further output. */
export function hide(secret: string): void {
  secrets.add(secret);
}

export function say(text = "", style: Style = "reset"): void {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, "[secret]");
  process.stdout.write(`${clean && style !== "reset" ? styleText(style, clean) : clean}\n`);
}

/** Prints a command line before it is run. */
export function command(line: string): void {
  say();
  say(`$ ${line}`, "bold");
}

/** @throws an error if the claim does not hold */
export function check(claim: string, holds: boolean): void {
  if (!holds) throw new Error(`This claim is wrong: ${claim}`);
  say(`✓ ${claim}`, "green");
}

const COLOURS: Record<string, Style> = { "+": "green", "~": "yellow", "-": "red" };

/** Prints the changes of resources in Pulumi's output. */
export function showChanges(report: string): void {
  for (const line of report.split("\n")) {
    const [, sign = "", type = "", change = ""] =
      /^ ([-+~]+) +(?:pulumi-nodejs:dynamic\/)?(\S+) (\S+ (?:created|updated|deleted)\b.*?) \(/.exec(line) ?? [];
    if (sign && type !== "pulumi:pulumi:Stack") say(`  ${sign.padEnd(2)} ${type} ${change}`, COLOURS[sign.charAt(0)]);
  }
}
