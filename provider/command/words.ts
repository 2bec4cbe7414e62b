/** Messages in words that somebody at the command line can act on. The provider's own name the settings of a Pulumi program. */
import { reportable } from "../errors.ts";

const NEEDING_CONSOLE = "--all-users, --older-than, --unused-for, --via and --user";

/** The longest comes first, because one may begin with another. */
const WORDS: [theirs: string, ours: string][] = [
  [", or give it more time with `connection.waitForReadySeconds`", ""],
  ["A slow Jenkins can be given more with `connection.requestTimeoutSeconds`.", "Give it more time with --timeout."],
  ["`connection.caCert`, jenkins:caCert or JENKINS_CA_CERT", "JENKINS_CA_CERT"],
  ["`connection.clientCertificate`", "JENKINS_CLIENT_CERTIFICATE, or clientCertificate in the file of --controllers"],
  ["`connection.headers`", "JENKINS_HEADERS, or headers in the file of --controllers"],
  ["Sign in as one, or leave out `via`", `Sign in as one, or leave out the option that needs it: ${NEEDING_CONSOLE}`],
  [", or leave out `via`", ""],
  [' and declare `via: "scriptConsole"`', ""],
  ['Upgrade Jenkins, or declare that one token with `via: "legacy"`', "Upgrade Jenkins"],
];

/** What an error says. */
export function messageOf(error: unknown): string {
  return WORDS.reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), reportable(error).message);
}
