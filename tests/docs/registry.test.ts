import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { parse } from "yaml";
import schema from "../../schema.json" with { type: "json" };

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("Pulumi's registry gets what it requires:", () => {
  for (const page of ["docs/_index.md", "docs/installation-configuration.md"]) {
    it(`${page} begins with a title, a description and the layout`, () => {
      const [, head = ""] = /^---\n(.*?)\n---\n/s.exec(read(page)) ?? [];
      const { title, meta_desc, layout } = parse(head);
      assert.match(title, /^Jenkins/);
      assert.match(meta_desc, /provider for Pulumi/);
      assert.equal(layout, "package");
    });
  }

  it("the schema has the publisher, the repository, the kind and the download URL of the plugin", () => {
    const { publisher, displayName, repository, keywords, pluginDownloadURL } = schema;
    assert.deepEqual([publisher, displayName], ["pulumi-jenkins", "Jenkins"]);
    assert.equal(repository, "https://github.com/pulumi-jenkins/pulumi-jenkins");
    assert.equal(pluginDownloadURL, repository.replace("https://github.com", "github://api.github.com"));
    for (const keyword of ["kind/native", "category/infrastructure"]) assert.ok(keywords.includes(keyword), keyword);
  });

  it("the logo is an SVG in this repository that loads nothing from elsewhere", () => {
    const [, path = ""] =
      /^https:\/\/raw\.githubusercontent\.com\/pulumi-jenkins\/pulumi-jenkins\/main\/(.*)$/.exec(schema.logoUrl) ?? [];
    const picture = read(path);
    assert.match(picture, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.doesNotMatch(picture.replace("http://www.w3.org/2000/svg", ""), /https?:|href|<script/);
  });
});
