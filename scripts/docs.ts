// Writes what the documents say of errors and settings, from where that stands in the sources: npm run docs
import { readFileSync, writeFileSync } from "node:fs";
import { errorClasses, type Message, messagesOf } from "./messages.ts";
import { pulumiSchema } from "./schema.ts";

const fileOf = (path: string): URL => new URL(`../${path}`, import.meta.url);
const TROUBLESHOOTING = "docs/troubleshooting.md";

const INTRODUCTION = `<!-- Written by \`npm run docs\`. -->

# Troubleshooting

Every error says what was tried, what answered and what to do. Below is, for each code, when it comes and what its messages say: what
went wrong, and behind the arrow what to do about it. "…" stands for what differs from time to time.

\`npx pulumi-jenkins doctor\` looks at everything that making a token needs, one thing after the other, and says what is in the way.
`;

if (import.meta.main) for (const [path, text] of Object.entries(documents())) writeFileSync(fileOf(path), text);

/** The texts of the documents that are written, or have a part that is, by their paths. */
export function documents(): Record<string, string> {
  return {
    "README.md": withPart("README.md", "errors", errorTable()),
    [TROUBLESHOOTING]: troubleshooting(),
    "docs/installation-configuration.md": withPart("docs/installation-configuration.md", "settings", settingTable()),
  };
}

/** Puts what was counted or measured into the README, between its two comments of this name. */
export function report(name: string, part: string): void {
  writeFileSync(fileOf("README.md"), withPart("README.md", name, part));
}

/** A document with another text between its two comments of this name. */
function withPart(path: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [before, rest] = readFileSync(fileOf(path), "utf8").split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${path} has no part between ${begin.trim()} and ${end}`);
  return [before, begin, part, end, after].join("");
}

function errorTable(): string {
  const rows = errorClasses().map(({ code, when, whatToDo }) => {
    return `| [\`${code}\`](${TROUBLESHOOTING}#${code.toLowerCase()}) | ${when} | ${whatToDo} |\n`;
  });
  return `| code | when | what to do |\n|---|---|---|\n${rows.join("")}`;
}

function troubleshooting(): string {
  const classes = errorClasses();
  const messages = messagesOf(classes);
  const sections = classes.map(({ name, code, when, whatToDo }) => {
    const items = messages.filter(({ thrown }) => thrown === name).map(itemOf);
    return `\n## \`${code}\`\n\n${when}\n\n${whatToDo}\n\n${items.join("")}`;
  });
  return `${INTRODUCTION}${sections.join("")}`;
}

function itemOf({ says, advises }: Message): string {
  return `- ${[says, advises].filter(Boolean).join(" → ").replaceAll("<", "\\<")}\n`;
}

function settingTable(): string {
  const { variables } = JSON.parse(pulumiSchema()).config as { variables: Record<string, Variable> };
  const rows = Object.entries(variables).map(([name, { description, defaultInfo, secret }]) => {
    const environment = defaultInfo?.environment.map((variable) => `\`${variable}\``).join(", ") ?? "";
    return `| \`jenkins:${name}\`${secret ? " (set with `--secret`)" : ""} | ${environment} | ${description} |\n`;
  });
  return `| option | environment | |\n|---|---|---|\n${rows.join("")}`;
}

interface Variable {
  description: string;
  secret?: true;
  defaultInfo?: { environment: string[] };
}
