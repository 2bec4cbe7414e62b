import assert from "node:assert/strict";
import { UNKNOWN } from "../../../provider/properties.ts";
import type { Case } from "../case.ts";
import type { Scene } from "../server.ts";

const DAY_MS = 86_400_000;

/** Connections that are unknown in a preview, wholly or in part, because they come from outputs of other resources. */
function declared({ administrator, url, transport: { caCert } }: Scene): Record<string, string> {
  const { JENKINS_USER_ID = "", JENKINS_API_TOKEN, JENKINS_PASSWORD } = administrator;
  const secret = JENKINS_API_TOKEN ? { apiToken: JENKINS_API_TOKEN } : { password: JENKINS_PASSWORD ?? "" };
  return { url, username: JENKINS_USER_ID, ...secret, ...(caCert && { caCert }) };
}

export const preview: Case[] = [
  {
    name: "a preview without changes shows none: at once, a day later, and after a refresh",
    needs: ["names"],
    run: async (scene) => {
      const program = { autoName: scene.name, triggers: { round: "1" } };
      const token = await scene.created(program);
      assert.equal(token.preview(program), "same");
      scene.later(token).context.now = () => new Date(Date.now() + DAY_MS);
      assert.equal(token.preview(program), "same");
      assert.equal(await token.refresh(), true);
      assert.equal(token.preview(program), "same");
    },
  },
  {
    name: "a preview shows no change if the connection, or a part of it, is unknown",
    needs: ["names"],
    run: async (scene) => {
      const connection = declared(scene);
      const token = await scene.created({ connection });
      const previews = [UNKNOWN, ...Object.keys(connection).map((part) => ({ ...connection, [part]: UNKNOWN }))]
        .filter((unknown) => unknown === UNKNOWN || !("caCert" in connection))
        .map((unknown) => token.preview({ autoName: scene.name, connection: unknown }));
      assert.deepEqual(new Set(previews), new Set(["same"]));
    },
  },
  {
    name: "a preview shows the changes that up then makes",
    needs: ["names"],
    run: async (scene) => {
      const token = await scene.created({ tokenName: `${scene.name} one` });
      const renamed = { tokenName: `${scene.name} two` };
      const rotated = { ...renamed, triggers: { round: "2" } };
      assert.deepEqual([token.preview(renamed), await token.up(renamed)], ["update", "update"]);
      assert.deepEqual([token.preview(rotated), await token.up(rotated)], ["replace", "replace"]);
      await token.destroy();
      assert.deepEqual([token.preview(rotated), await token.up(rotated)], ["create", "create"]);
    },
  },
];
