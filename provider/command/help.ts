/** What `--help` prints, in lines of at most 80 characters. */
import type { Verb } from "./arguments.ts";
import { wrapped } from "./columns.ts";

type Rows = [written: string, says: string][];

interface VerbHelp {
  /** In the list of all verbs. */
  line: string;
  synopsis: string[];
  about: string[];
  options: Rows;
  takesFilters?: boolean;
  isForOneJenkins?: boolean;
  examples: Rows;
}

const WIDTH = 80;
/** Where the descriptions of options begin. */
const INDENT = 22;

const JSON_DOCUMENT: Rows[number] = ["--json", "one JSON document, for programs"];

const VERBS: Record<Verb, VerbHelp> = {
  list: {
    line: "shows tokens: whose they are, when they were used, when they expire",
    synopsis: ["list [--user ID | --all-users] [OPTIONS] [FILTERS] [JENKINS]"],
    about: ["Lists tokens, and never their values. Changes nothing."],
    options: [
      ["--user ID", "whose tokens. Default: the user who logs in. Only administrators see the tokens of others"],
      ["--all-users", "the tokens of all users, by the script console"],
      [
        "--stack NAME",
        'shows which resource of this Pulumi stack has which token. Run it in the folder of the project. A token is LEFT OVER if it is named for this project and stack, or for a tokenName in the state, and the state does not know it. This is wrong while somebody runs pulumi up, or if another backend has a stack of this name. A token is "perhaps of" a rotating token if it is named like it: the state hides the uuids of rotating tokens',
      ],
      ["--via scriptConsole", "with exact times, which the page of a user does not show"],
      [
        "--fail-on FILTER",
        "exit code 1 if a listed token meets this filter, such as expired or unused-for=90d. Repeat it for several",
      ],
      JSON_DOCUMENT,
      ["--csv", "a table for spreadsheets"],
      ["--markdown", "a table for a comment on a pull request"],
      ["--html FILE", "writes a report for people: one file with figures, plots and a table"],
      ["--import-file FILE", "also writes what `pulumi import --file FILE` reads"],
    ],
    takesFilters: true,
    examples: [
      ["list", "your own tokens"],
      ["list --all-users --unused-for 90d", "tokens that nobody uses"],
      ["list --stack dev", "which resource of a stack has which token, and which tokens are left over"],
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
      "Shows the tokens, asks once, and revokes them. Afterwards it reads the tokens of each user again, and says which are gone.",
      "It never revokes the token that it logs in with. Jenkins does not say which one that is. So the command reads the tokens twice, and keeps each token whose count of uses rises. If no count rises, it revokes no token of the user who logs in. Log in with a password or as another administrator then.",
    ],
    options: [
      ["--user ID", "whose tokens. Default: the user who logs in. Only administrators may revoke the tokens of others"],
      ["--all-users", "the tokens of all users that meet the filters"],
      ["--all", "all tokens of --user"],
      [
        "--value -",
        "all tokens that have a leaked value. The value comes from standard input. An administrator finds them for all users, by the script console. Everybody else names the user with --user: the command logs in with the value to find its token",
      ],
      [
        "--stack NAME",
        "keeps the tokens of this Pulumi stack, and names their resources. Run it in the folder of the project",
      ],
      ["--even-managed", "revokes the tokens of --stack, too"],
      ["--yes", "revokes without asking; needed where there is no terminal"],
      ["--dry-run", "only shows what would be revoked"],
      JSON_DOCUMENT,
    ],
    takesFilters: true,
    examples: [
      [
        "revoke --user jane --all --controllers fleet.jsonl --dry-run",
        "the tokens of somebody who leaves, on many Jenkins",
      ],
      ["revoke --value - --yes < leaked.txt", "a value has leaked: all tokens that have it"],
      ["revoke --unused-for 90d --user alice", "shows the tokens that alice does not use, and asks"],
    ],
  },
  doctor: {
    line: "checks what creating tokens needs, and says what to do",
    synopsis: ["doctor [--user ID] [--json] [JENKINS]"],
    about: [
      "Checks everything that creating tokens needs: the URL, the login, TLS, proxies, the version of Jenkins, its clock, and permissions. Says what to do about each problem. Changes nothing.",
    ],
    options: [
      ["--user ID", "whose tokens. Default: the user who logs in. For another user it needs the script console"],
      JSON_DOCUMENT,
    ],
    examples: [
      ["doctor", "can I create tokens?"],
      ["doctor --user ci-bot", "can I create tokens of this service account?"],
    ],
  },
  exec: {
    line: "runs a command with a token of its own, and revokes the token afterwards",
    synopsis: ["exec [--user ID] [--url URL] [--timeout 20s] -- COMMAND..."],
    about: [
      "Creates an API token, runs a command with JENKINS_URL, JENKINS_USER_ID and JENKINS_API_TOKEN in its environment, and revokes the token when the command has ended. The secrets of the login are not in that environment. On Jenkins 2.548 and later, the token also expires after a day.",
      "Signals are passed on to the command. The exit code is that of the command, 128 and the number of the signal that has ended the command, 127 if there is no such command, or 126 if it can't be started. It is 1 if no token could be created, or if the token could not be revoked and the command has ended with 0.",
      'A run that is killed leaves its token. The token\'s name begins with "pulumi-jenkins exec", the next run says so, and revoke --leftover revokes it.',
    ],
    options: [
      [
        "--user ID",
        "whose token. Default: the user who logs in. For another user, an administrator creates it by the script console",
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
  ["--older-than 90d", "it was created so many days ago, or earlier (*)"],
  ["--unused-for 90d", "it was certainly not used for so many days (*)"],
  ["--name GLOB", "its name matches this. * is any text, ? any character"],
  ["--not-in-stack", "the state of --stack does not know it"],
  ["--leftover", "a killed run has left it: of exec, or with --stack of pulumi up"],
  ["(*)", "needs the script console, which only administrators may use"],
];

const TIMEOUT = "how long to wait for one reply. Default 60s";

const ONE_JENKINS: Rows = [
  ["--url URL", "another Jenkins than JENKINS_URL, with the same login"],
  ["--timeout 20s", TIMEOUT],
];

const JENKINS: Rows = [
  ["--url URL", "another Jenkins than JENKINS_URL, with the same login. Repeat it for several"],
  [
    "--controllers FILE",
    'many Jenkins, each with its own login: one JSON object a line with url, user, and where the secret is: "apiToken": {"variable": "NAME"} or {"file": "PATH"}. Also password, caCert, headers, clientCertificate and clientKey. The file holds no secret',
  ],
  ["--timeout 20s", `${TIMEOUT}, with several controllers 20s`],
];

const ENVIRONMENT: Rows = [
  ["JENKINS_URL", "root URL of Jenkins"],
  ["JENKINS_USER_ID", "id of the user who logs in"],
  ["JENKINS_API_TOKEN", "an API token of this user. Or JENKINS_PASSWORD"],
  [
    "JENKINS_CA_CERT",
    "trusted certificates, or the path of a file with them. Also JENKINS_HEADERS, JENKINS_CLIENT_CERTIFICATE and JENKINS_CLIENT_KEY",
  ],
  ["HTTPS_PROXY", "for https. HTTP_PROXY is for http. NO_PROXY excludes hosts from both"],
];

const FLEET = "Several controllers are asked 16 at a time. Those that fail are reported at the end.";
const EXIT_CODES = "Exit codes: 0 fine, 1 a check failed or something was not done, 2 wrong usage.";

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
    ...(takesFilters ? table("FILTERS. A token has to meet all of them. What is unknown never matches:", FILTERS) : []),
    ...table("JENKINS:", isForOneJenkins ? ONE_JENKINS : JENKINS),
    ...(isForOneJenkins ? [] : paragraph(FLEET)),
    ...examples(some),
    ...table("Environment:", ENVIRONMENT),
    EXIT_CODES,
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
