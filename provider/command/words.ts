/** Messages for users of the command line. Those of the provider name settings of a Pulumi program, which the command does not have. */
import { reportable } from "../errors.ts";
import { CONNECTION } from "../properties.ts";

/** The filters that need exact times, which only the script console shows. */
export const BY_TIME: readonly string[] = ["older-than", "unused-for"];

/** The options that may need the script console, which only administrators may use. */
const NEEDING_CONSOLE = ["--all-users", ...BY_TIME.map((name) => `--${name}`), "--via", "--user"];
const FAIL_ON = new RegExp(`^(--fail-on=)?(${BY_TIME.join("|")})=`);

/** The options to leave out. What follows `--` belongs to the command that `exec` runs. */
export function needingConsole(line: string[]): string {
  const end = line.indexOf("--");
  const own = end < 0 ? line : line.slice(0, end);
  const given = NEEDING_CONSOLE.filter((option) => own.some((word) => word.split("=", 1)[0] === option));
  const failOn = own.some((word) => FAIL_ON.test(word)) ? ["--fail-on"] : [];
  return new Intl.ListFormat("en-GB").format([...given, ...failOn]) || "the option that needs it";
}

/** The message for an option without a value. A word that looks like an option is no value, and is not shown: it may be a secret. */
export function needsValue(option: string, args: string[]): string {
  const isHyphened = args.some((word, index) => args[index - 1] === option && /^-[^-]/.test(word));
  const hint = isHyphened ? ` Before a value that begins with a hyphen, write ${option}= without a blank.` : "";
  return `${option} needs a value.${hint}`;
}

/** A text comes before the shorter texts that it contains. */
const WORDS: [theirs: string, ours: string | (() => string)][] = [
  [", or give it more time with `connection.waitForReadySeconds`", ""],
  ["Give a slow Jenkins more time with `connection.requestTimeoutSeconds`.", "Give it more time with --timeout."],
  ["`connection.caCert`, jenkins:caCert or JENKINS_CA_CERT", "JENKINS_CA_CERT"],
  ...(["caCert", "clientCertificate", "clientKey"] as const).map((name): [string, string] => {
    const [variable] = CONNECTION[name].environment;
    return [` (in the environment ${variable})`, ` (${variable}, or ${name} in the file of --controllers)`];
  }),
  ["`connection.clientCertificate`", "JENKINS_CLIENT_CERTIFICATE, or clientCertificate in the file of --controllers"],
  ["`connection.headers`", "JENKINS_HEADERS, or headers in the file of --controllers"],
  ["Log in as one, or leave out `via`", () => `Log in as one, or leave out ${needingConsole(process.argv)}`],
  [", or leave out `via`", ""],
  [' and declare `via: "scriptConsole"`', ""],
  ['Upgrade Jenkins, or declare that one token with `via: "legacy"`', "Upgrade Jenkins"],
];

/** The message of an error, for users of the command line. */
export function messageOf(error: unknown): string {
  const worded = (text: string, [theirs, ours]: (typeof WORDS)[number]) =>
    text.replaceAll(theirs, typeof ours === "string" ? () => ours : ours);
  return WORDS.reduce(worded, reportable(error).message);
}
