import assert from "node:assert/strict";
import { changeLegacyValue } from "../../../provider/jenkins/legacy.ts";
import type { Case } from "../case.ts";

const via = "legacy";

// Only tokens of the ordinary user: on an old server all other cases may log in with the administrator's legacy token.
export const legacy: Case[] = [
  {
    name: "an existing legacy token is read and logs in, and destroy leaves it",
    needs: ["other", "legacy"],
    run: async (scene) => {
      const { outputs } = await scene.created({ via }, scene.other);
      const { userId, tokenValue } = outputs;
      assert.match(String(tokenValue), /^[0-9a-f]{32}$/);
      const shown = scene.later(scene.engine(), scene.other);
      assert.equal(await shown.up({ via }), "create");
      assert.deepEqual([shown.outputs["tokenValue"], shown.outputs["createdAt"]], [tokenValue, undefined]);
      await scene.later(shown, scene.other).destroy();
      assert.equal(await scene.signsIn(userId, tokenValue), true);
    },
  },
  {
    name: "a trigger changes a legacy token in place, and destroy makes the changed value invalid",
    needs: ["other", "legacy"],
    run: async (scene) => {
      const token = await scene.created({ via, triggers: { round: "1" } }, scene.other);
      const { id, outputs } = token;
      const { userId } = outputs;
      assert.equal(await scene.later(token, scene.other).up({ via, triggers: { round: "2" } }), "update");
      assert.equal(token.id, id);
      const { tokenValue } = token.outputs;
      assert.equal(await scene.signsIn(userId, outputs["tokenValue"]), false);
      assert.equal(await scene.signsIn(userId, tokenValue), true);
      await scene.later(token, scene.other).destroy();
      assert.equal(await scene.signsIn(userId, tokenValue), false);
    },
  },
  {
    name: "a second up with a legacy token changes nothing, and neither does a refresh",
    needs: ["other", "legacy"],
    run: async (scene) => {
      const token = await scene.created({ via }, scene.other);
      const { outputs } = token;
      assert.equal(await scene.later(token, scene.other).refresh(), true);
      assert.deepEqual([token.preview({ via }), await token.up({ via })], ["same", "same"]);
      assert.deepEqual(token.outputs, outputs);
    },
  },
  {
    name: "a legacy token reads and changes itself",
    needs: ["other", "legacy"],
    run: async (scene) => {
      const token = await scene.created({ via }, scene.other);
      const { userId, tokenValue } = token.outputs;
      const { JENKINS_PASSWORD, ...where } = scene.other;
      const itself = { ...where, JENKINS_USER_ID: String(userId), JENKINS_API_TOKEN: String(tokenValue) };
      assert.equal(await scene.later(token, itself).refresh(), true);
      assert.equal(await token.up({ via, triggers: { round: "2" } }), "update");
      assert.equal(await scene.signsIn(userId, tokenValue), false);
      assert.equal(await scene.signsIn(userId, token.outputs["tokenValue"]), true);
    },
  },
  {
    name: "a refresh reads a legacy token that was changed by hand, and destroy leaves it",
    needs: ["other", "legacy"],
    run: async (scene) => {
      const token = await scene.created({ via, triggers: { round: "1" } }, scene.other);
      await scene.later(token, scene.other).up({ via, triggers: { round: "2" } });
      const { recorded } = token;
      const session = scene.session(scene.other);
      const changed = await changeLegacyValue(session, await session.whoAmI());
      assert.equal(await scene.later(token, scene.other).refresh(), true);
      assert.equal(token.outputs["tokenValue"], changed);
      token.recorded = recorded; // Restores the state before the refresh.
      await scene.later(token, scene.other).destroy();
      assert.equal(await scene.signsIn(recorded?.outputs["userId"], changed), true);
    },
  },
  {
    name: "only the user can read a legacy token, not even an administrator",
    needs: ["other"],
    run: async (scene) => {
      const user = await scene.session(scene.other).whoAmI();
      const token = scene.engine();
      await assert.rejects(token.up({ user, via }), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /Jenkins shows a legacy token only to its own user: log in as that user\.$/,
      });
      assert.equal(token.recorded, undefined);
    },
  },
];
