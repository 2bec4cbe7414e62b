import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import type { JenkinsError } from "../../provider/errors.ts";
import { resolveConnection } from "../../provider/settings/connection.ts";
import { startJenkins } from "../jenkins/server.ts";
import { byPassword, byToken, clientOf } from "../support/quick.ts";
import { around } from "../support/surroundings.ts";

const sections = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8").split("\n## ");

describe("docs/troubleshooting.md", () => {
  it("has each message that an error has, under its code, once", async () => {
    const jenkins = await startJenkins();
    const failing = [
      () => resolveConnection({ username: "alice" }, around({})),
      () => resolveConnection({ url: "ftp://example.com", ...{ username: "alice", password: "p" } }, around({})),
      () => clientOf(jenkins.url, byPassword("alice", "wrong")).whoAmI(),
      () => clientOf(jenkins.url, byToken("alice", `11${"0".repeat(32)}`)).whoAmI(),
      () => clientOf(`${jenkins.url}/nowhere`, byPassword("alice")).whoAmI(),
      () => clientOf(jenkins.url, byPassword("alice")).ownerOf("nobody"),
    ];
    const errors = [];
    for (const fails of failing) errors.push(await thrownBy(fails));
    await jenkins.close();
    errors.push(await thrownBy(() => clientOf(jenkins.url, byPassword("alice")).whoAmI()));

    assert.equal(new Set(errors.map(({ code }) => code)).size, 4);
    for (const { code, message } of errors) {
      const section = sections.find((text) => text.startsWith(`\`${code}\``)) ?? "";
      const listed = [...section.matchAll(/^- (.*)$/gm)].filter(([, item = ""]) => patternOf(item).test(message));
      assert.equal(listed.length, 1, `${code}: ${message}`);
    }
  });
});

async function thrownBy(fails: () => unknown): Promise<JenkinsError> {
  try {
    await fails();
  } catch (error) {
    return error as JenkinsError;
  }
  return assert.fail("nothing was thrown");
}

/** A message as the document has it: with an ellipsis for what differs, and an arrow before what to do. */
function patternOf(item: string): RegExp {
  const literally = item.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(literally.replaceAll("…", ".+").replace(" → ", "\\. "));
}
