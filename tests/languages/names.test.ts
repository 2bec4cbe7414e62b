import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { generateSdk, type Language, needsGenerators } from "./generators.ts";
import { sampleOf } from "./samples.ts";

const JAVA = "src/main/java/io/github/pulumijenkins/jenkins";

/** For each language: the package's name and its file, the declaration of `via` and its file, and the file with the sample. */
const SDKS: Record<
  Language,
  { named: [file: string, name: RegExp]; via: [file: string, type: RegExp]; sample: [file: string, ending: string] }
> = {
  csharp: {
    named: ["PulumiJenkins.Jenkins.csproj", /<Authors>pulumi-jenkins</],
    via: ["ApiToken.cs", /namespace PulumiJenkins\.Jenkins\n.*public Input<string>\? Via \{/s],
    sample: ["ApiToken.cs", "cs"],
  },
  go: {
    named: ["jenkins/init.go", /"github\.com\/pulumi-jenkins\/pulumi-jenkins\/sdk\/go\/jenkins\/internal"/],
    via: ["jenkins/apiToken.go", /type ApiTokenArgs struct \{[^}]*\tVia pulumi\.StringPtrInput\n/],
    sample: ["jenkins/apiToken.go", "go"],
  },
  java: {
    named: [`${JAVA}/ApiToken.java`, /^package io\.github\.pulumijenkins\.jenkins;/m],
    via: [`${JAVA}/ApiTokenArgs.java`, /public Builder via\(String via\)/],
    sample: [`${JAVA}/ApiToken.java`, "java"],
  },
  nodejs: {
    named: ["package.json", /"name": "pulumi-jenkins-native"/],
    via: ["apiToken.ts", /interface ApiTokenArgs \{.*\n {4}via\?: pulumi\.Input<string \| undefined>;/s],
    sample: ["apiToken.ts", "ts"],
  },
  python: {
    named: ["pyproject.toml", /name = "pulumi_jenkins"/],
    via: ["pulumi_jenkins/api_token.py", /class ApiTokenArgs:.*? via: pulumi\.Input\[Optional\[_builtins\.str\]\]/s],
    sample: ["pulumi_jenkins/api_token.py", "py"],
  },
};

describe("The SDK that Pulumi generates", function () {
  this.timeout("10m");
  needsGenerators("codegen", "codegen/older");
  const folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-sdks-"));

  before(async () => {
    for (const language of Object.keys(SDKS)) await generateSdk(language as Language, join(folder, language));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [language, { named, via, sample }] of Object.entries(SDKS)) {
    const textOf = (file: string) => readFileSync(join(folder, language, file), "utf8");

    it(`for ${language} has a name that anybody may publish, and declares \`via\` as a string`, () => {
      assert.match(textOf(named[0]), named[1]);
      assert.match(textOf(via[0]), via[1]);
    });

    it(`for ${language} has the sample in this language, and the import instructions, in its comments`, () => {
      const [file, ending] = sample;
      const comments = plain(textOf(file));
      assert.ok(comments.includes(plain(readFileSync(sampleOf("ApiToken", ending), "utf8"))), comments);
      assert.match(comments, /## Import /);
      assert.doesNotMatch(comments, /\{\{%|resources: ci:/);
    });

    it(`for ${language} has no enumerations, and no name that only Pulumi may publish`, () => {
      const files = globSync("**/*.{cs,go,java,ts,py,csproj}", { cwd: join(folder, language) });
      assert.ok(files.length > 8);
      for (const file of files) {
        assert.doesNotMatch(textOf(file), /NamedVia|\benum\b.*Via|\bPulumi\.Jenkins|com\.pulumi\.jenkins/, file);
        assert.doesNotMatch(file, /enum|com\/pulumi/i);
      }
    });
  }
});

/** The text without comment markers and XML entities, and with single blanks. */
function plain(text: string): string {
  const withoutMarks = text.replaceAll(/^\s*(\/\/\/?|\*)/gm, "");
  return withoutMarks.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll(/\s+/g, " ");
}
