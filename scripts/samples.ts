/** The samples of Pulumi's registry, in each language: the programs in examples/registry/, which tests run. */
import { readFileSync } from "node:fs";

/** The languages as Pulumi's pages name them, with the endings of the files. */
const LANGUAGES = { typescript: "ts", python: "py", csharp: "cs", go: "go", java: "java", yaml: "yaml" };

/** The text below a description in generated pages and SDKs. Each SDK keeps only the sample of its own language. */
export function exampleUsage(name: string): string {
  const samples = Object.entries(LANGUAGES).map(([language, ending]) => {
    const text = readFileSync(new URL(`../examples/registry/${name}.${ending}`, import.meta.url), "utf8");
    return `\`\`\`${language}\n${text}\`\`\``;
  });
  return `{{% examples %}}\n## Example Usage\n{{% example %}}\n\n${samples.join("\n")}\n{{% /example %}}\n{{% /examples %}}`;
}

const COMMAND = "$ pulumi import jenkins:index:ApiToken ci alice/0f8fad5b-d9cb-469f-a165-70867728950e --protect=false";

const IMPORTS: Record<string, string> = {
  ApiToken: `The id is the user id, a slash and the uuid of the token. Keep \`user\` and \`tokenName\` in the program. Jenkins shows a value only once, so an imported token has no value. If you know the value, declare it as \`tokenValue\`.

\`\`\`sh
${COMMAND}
\`\`\``,
  RotatingApiToken: "A rotating token can't be imported, because it creates its own tokens.",
};

export function importUsage(name: string): string {
  return `## Import\n\n${IMPORTS[name]}`;
}
