/** What `--help` prints, in lines of at most 80 characters. */
import type { Verb } from "./arguments.ts";
import { wrapped } from "./columns.ts";

type Rows = [written: string, says: string][];

interface VerbHelp {
  /** The line in the list of all verbs. */
  line: string;
  synopsis: string[];
  about: string[];
  options: Rows;
  takesFilters?: boolean;
  isForOneJenkins?: boolean;
  examples: Rows;
}

const WIDTH = 80;
/** The column in which the descriptions of options begin. */
const INDENT = 22;

const JSON_DOCUMENT: Rows[number] = ["--json", "one JSON document, for programs"];

const VERBS: Record<Verb, VerbHelp> = {
  list: {
    line: "shows tokens: whose they are, when they were used, when they expire",
    synopsis: ["list [--user ID | --all-users] [OPTIONS] [FILTERS] [JENKINS]"],
    about: ["Lists tokens, and never their values. Changes nothing."],
    options: [
      [
        "--user ID",
        "the user whose tokens are listed. Default: the user who logs in. Only administrators see tokens of other users",
      ],
      ["--all-users", "the tokens of all users, through the script console"],
      [
        "--stack NAME",
        'shows the resource of each token in this Pulumi stack. Run it in the folder of the project, or give the full name, organization/project/stack. Give it several times for several stacks. LEFT OVER marks a token that is not in the state, but whose name comes from this project and stack, or from a tokenName in the state. This mark can be wrong while somebody runs pulumi up, or if another backend has a stack of the same name. "perhaps" marks a token that has a name of a rotating token: the state hides the uuids of rotating tokens',
      ],
      ["--via scriptConsole", "reads the tokens through the script console, which shows exact times"],
      [
        "--fail-on FILTER",
        "exit code 1 if a listed token meets this filter, such as expired or unused-for=90d. Can be repeated: a token that meets any of them counts",
      ],
      JSON_DOCUMENT,
      ["--csv", "a table for spreadsheets, on standard output"],
      ["--markdown", "a table for a comment on a pull request, on standard output"],
      ["--html FILE", "writes a report for people: one file with figures, plots and a table"],
      ["--import-file FILE", "also writes a file for `pulumi import --file FILE`"],
    ],
    takesFilters: true,
    examples: [
      ["list", "your own tokens"],
      ["list --all-users --unused-for 90d", "tokens that nobody uses"],
      ["list --stack dev", "the resource of each token in a stack, and leftover tokens"],
      ["list --fail-on expired --markdown", "for CI: a table, and an exit code"],
    ],
  },
  revoke: {
    line: "shows tokens, asks once, and revokes them",
    synopsis: [
      "revoke UUID... [--user ID] [OPTIONS] [JENKINS]",
      "revoke FILTERS [--user ID | --all-users] [OPTIONS] [JENKINS]",
      "revoke --all --user ID [OPTIONS] [JENKINS]",
      "revoke --value - [--user ID] [OPTIONS] [JENKINS] < FILE",
    ],
    about: [
      "Shows the tokens, asks once, and revokes them. Then it lists the tokens of each user again, and reports which are gone.",
      "It never revokes the token that it logs in with. Jenkins does not say which token that is, so the command lists the tokens twice, and keeps each token whose use count rises. If no use count rises, it revokes no token of the user who logs in. Then log in with a password, or as another administrator.",
    ],
    options: [
      [
        "--user ID",
        "the user whose tokens are revoked. Default: the user who logs in. Only administrators may revoke tokens of other users",
      ],
      ["--all-users", "the tokens of all users that meet the filters"],
      ["--all", "all tokens of --user"],
      [
        "--value -",
        "all tokens with a leaked value, which is read from standard input. Administrators need no --user: the script console searches all users. Others name the owner with --user: the command logs in with the value to find its token, and checks no other user",
      ],
      [
        "--stack NAME",
        "keeps the tokens of this Pulumi stack, and names their resources. Run it in the folder of the project, or give the full name, organization/project/stack. Give it several times for several stacks",
      ],
      ["--even-managed", "revokes the tokens of --stack, too"],
      ["--yes", "revokes without asking. Needed without a terminal"],
      ["--dry-run", "only shows what would be revoked"],
      JSON_DOCUMENT,
    ],
    takesFilters: true,
    examples: [
      [
        "revoke --user jane --all --controllers fleet.jsonl --dry-run",
        "the tokens of somebody who leaves, on many Jenkins",
      ],
      ["revoke --value - --yes < leaked.txt", "a value has leaked: all tokens with this value"],
      ["revoke --unused-for 90d --user alice", "shows the tokens that alice does not use, and asks"],
    ],
  },
  doctor: {
    line: "checks whether tokens can be created, and says what to do",
    synopsis: ["doctor [--user ID] [--json] [JENKINS]"],
    about: [
      "Checks everything that creating tokens needs: the URL, the login, TLS, proxies, the version of Jenkins, its clock, and permissions. Says what to do about each problem. Changes nothing.",
    ],
    options: [
      [
        "--user ID",
        "the user whose tokens are checked. Default: the user who logs in. Another user needs the script console",
      ],
      JSON_DOCUMENT,
    ],
    examples: [
      ["doctor", "can I create tokens?"],
      ["doctor --user ci-bot", "can I create tokens of this service account?"],
    ],
  },
  exec: {
    line: "runs a command with a new token, and revokes the token afterwards",
    synopsis: ["exec [--user ID] [--url URL] [--timeout 20s] -- COMMAND..."],
    about: [
      "Creates an API token, runs a command with JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN in its environment, and revokes the token when the command has ended. The credentials of exec itself are not in that environment. On Jenkins 2.548 and later, the token also expires after a day.",
      "Signals are passed on to the command. The exit code is the exit code of the command. If a signal has ended the command, it is 128 plus the number of the signal. It is 127 if there is no such command, and 126 if the command can't be started. It is 1 if no token could be created, or if the command has ended with 0 and the token could not be revoked.",
      'A killed run leaves its token. The name of the token begins with "pulumi-jenkins exec". The next run reports the token, and revoke --leftover revokes it.',
    ],
    options: [
      [
        "--user ID",
        "the user of the token. Default: the user who logs in. For another user, an administrator has to log in, because the script console creates the token",
      ],
    ],
    isForOneJenkins: true,
    examples: [["exec -- make deploy", "creates a token, runs make deploy with it, revokes the token"]],
  },
};

const FILTERS: Rows = [
  ["--expired", "its last day is over"],
  ["--never-expires", "it has no last day"],
  ["--never-used", "Jenkins has counted no use of it"],
  ["--older-than 90d", "it was created at least this many days ago (*)"],
  ["--unused-for 90d", "it was certainly not used for this many days (*)"],
  ["--name GLOB", "its name matches this pattern. * is any text, ? is any character"],
  ["--not-in-stack", "it is in the state of no --stack"],
  ["--leftover", "it was left by a killed run of exec or, with --stack, of pulumi up"],
  ["(*)", "needs the script console, which only administrators may use"],
];

const TIMEOUT = "the longest wait for one reply. Default: 60s";

const ONE_JENKINS: Rows = [
  ["--url URL", "replaces JENKINS_URL. The credentials stay the same"],
  ["--timeout 20s", TIMEOUT],
];

const JENKINS: Rows = [
  ["--url URL", "replaces JENKINS_URL. The credentials stay the same. Can be repeated"],
  [
    "--controllers FILE",
    'many Jenkins, each with its own credentials. Each line is a JSON object with url, user, and the place of the secret: "apiToken": {"variable": "NAME"} or {"file": "PATH"}. The same form is for password, caCert, headers, clientCertificate and clientKey. The file contains no secret',
  ],
  ["--timeout 20s", `${TIMEOUT}, or 20s with several controllers`],
];

const ENVIRONMENT: Rows = [
  ["JENKINS_URL", "root URL of Jenkins"],
  ["JENKINS_USER_ID", "id of the user who logs in"],
  ["JENKINS_API_TOKEN", "an API token of this user. Or set JENKINS_PASSWORD"],
  [
    "JENKINS_CA_CERT",
    "trusted certificates, or the path of a file with them. Also JENKINS_HEADERS, JENKINS_CLIENT_CERTIFICATE and JENKINS_CLIENT_KEY",
  ],
  ["HTTPS_PROXY", "the forward proxy for https. HTTP_PROXY is for http. NO_PROXY excludes hosts from both"],
];

const FLEET = "The command contacts 16 controllers at a time. It reports failed controllers at the end.";
const EXIT_CODES = "Exit codes: 0 success, 1 failure or a failed check, 2 wrong usage.";
const EXIT_CODES_OF_EXEC = "Exit codes: 0 or another code of the command, 1 failure of exec, 2 wrong usage.";

/** The help for one verb, or for the command as a whole. */
export function helpOf(verb: Verb | "all"): string[] {
  return verb === "all" ? general() : detailed(VERBS[verb]);
}

function general(): string[] {
  const verbs = Object.entries(VERBS);
  return [
    ...paragraph(
      "pulumi-jenkins lists and revokes API tokens of Jenkins users, on one Jenkins or on many, and creates a token for one command.",
    ),
    ...section("Usage:", ["pulumi-jenkins VERB [OPTIONS]"]),
    ...table(
      "Verbs:",
      verbs.map(([verb, { line }]) => [verb, line]),
      10,
    ),
    ...examples(verbs.flatMap(([, { examples }]) => examples.slice(0, 2))),
    ...table("Environment:", ENVIRONMENT),
    ...paragraph(EXIT_CODES),
    "pulumi-jenkins VERB --help explains a verb and its options.",
    "pulumi-jenkins --version prints the version.",
  ];
}

function detailed({ synopsis, about, options, takesFilters, isForOneJenkins, examples: some }: VerbHelp): string[] {
  const usage = synopsis.map((line) => `pulumi-jenkins ${line}`);
  return [
    "Usage:",
    ...usage.map((line) => `  ${line}`),
    "",
    ...about.flatMap(paragraph),
    ...table("Options:", options),
    ...(takesFilters ? table("FILTERS. A token must meet all of them. Unknown properties never match:", FILTERS) : []),
    ...table("JENKINS:", isForOneJenkins ? ONE_JENKINS : JENKINS),
    ...(isForOneJenkins ? [] : paragraph(FLEET)),
    ...examples(some),
    ...table("Environment:", ENVIRONMENT),
    isForOneJenkins ? EXIT_CODES_OF_EXEC : EXIT_CODES,
  ];
}

const paragraph = (text: string): string[] => [...wrapped(text, WIDTH), ""];

const section = (title: string, lines: string[]): string[] => [title, ...lines.map((line) => `  ${line}`), ""];

function table(title: string, rows: Rows, indent = INDENT): string[] {
  const lines = rows.flatMap(([written, says]) => {
    const [first = "", ...more] = wrapped(says, WIDTH - indent);
    return [written.padEnd(indent - 2) + first, ...more.map((line) => " ".repeat(indent - 2) + line)];
  });
  return section(title, lines);
}

function examples(rows: Rows): string[] {
  return section(
    "Examples:",
    rows.flatMap(([line, says]) => [`pulumi-jenkins ${line}`, `    ${says}`]),
  );
}
