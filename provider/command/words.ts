/** Messages for users of the command line. Those of the provider name settings of a Pulumi program, which the command does not have. */
import { reportable } from "../errors.ts";

/** The options for which only administrators may log in, because they need the script console. */
const NEEDING_CONSOLE = ["--all-users", "--older-than", "--unused-for", "--via", "--user", "--fail-on"];
const given = NEEDING_CONSOLE.filter((option) => process.argv.some((word) => word.split("=", 1)[0] === option));

/** A text comes before the shorter texts that it contains. */
const WORDS: [theirs: string, ours: string][] = [
  [", or give it more time with `connection.waitForReadySeconds`", ""],
  ["Give a slow Jenkins more time with `connection.requestTimeoutSeconds`.", "Give it more time with --timeout."],
  ["`connection.caCert`, jenkins:caCert or JENKINS_CA_CERT", "JENKINS_CA_CERT"],
  [" (in the environment JENKINS_CA_CERT)", " (JENKINS_CA_CERT, or caCert in the file of --controllers)"],
  ["`connection.clientCertificate`", "JENKINS_CLIENT_CERTIFICATE, or clientCertificate in the file of --controllers"],
  ["`connection.headers`", "JENKINS_HEADERS, or headers in the file of --controllers"],
  ["Log in as one, or leave out `via`", `Log in as one, or leave out ${new Intl.ListFormat("en-GB").format(given)}`],
  [", or leave out `via`", ""],
  [' and declare `via: "scriptConsole"`', ""],
  ['Upgrade Jenkins, or declare that one token with `via: "legacy"`', "Upgrade Jenkins"],
];

/** The message of an error, for users of the command line. */
export function messageOf(error: unknown): string {
  return WORDS.reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), reportable(error).message);
}
