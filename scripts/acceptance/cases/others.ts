import assert from "node:assert/strict";
import { resources } from "../../../provider/resources/index.ts";
import type { Case } from "../case.ts";
import { Skipped } from "../needs.ts";

const { read } = resources.ApiToken;
export const others: Case[] = [
  {
    name: "a user id in another case is the same user",
    needs: ["names", "letters"],
    run: async (scene) => {
      const me = await scene.session().whoAmI();
      const user = me === me.toUpperCase() ? me.toLowerCase() : me.toUpperCase();
      const isSame = await scene
        .session()
        .ownerOf(user)
        .then(
          (owner) => owner === me,
          () => false,
        );
      if (!isSame) throw new Skipped("letters");
      const token = await scene.created({ user });
      assert.equal(token.outputs["userId"], me);
      assert.equal(await token.up({ autoName: scene.name, user: me }), "same");
    },
  },
  {
    name: "an ordinary user creates a token, and an administrator revokes it",
    needs: ["names", "other"],
    run: async (scene) => {
      const token = await scene.created({}, scene.other);
      assert.deepEqual(await scene.names(scene.other), [token.outputs["tokenName"]]);
      assert.equal(await scene.later(token).refresh(), true);
      await token.destroy();
      assert.deepEqual(await scene.names(scene.other), []);
    },
  },
  {
    name: "an ordinary user may not see another user's tokens, but the token itself may",
    needs: ["names", "other"],
    run: async (scene) => {
      const token = await scene.created();
      const { tokenValue, ...valueless } = token.outputs;
      scene.later(token, scene.other);
      await assert.rejects(read(token.id, valueless, token.context), {
        code: "ERR_JENKINS_FORBIDDEN",
        message: /lacks the permission .*: only the user and administrators may see or change a user's tokens\./,
      });
      assert.equal(await token.refresh(), true);
    },
  },
  {
    name: "nobody can create tokens for other users, not even an administrator",
    needs: ["names", "other", "forOthers"],
    run: async (scene) => {
      const user = await scene.session(scene.other).whoAmI();
      const token = scene.engine();
      const refusal = await token.up({ autoName: scene.name, user }).catch((error: Error & { status?: number }) => {
        if (error.status !== 403) throw error;
        return error;
      });
      if (!(refusal instanceof Error)) throw new Skipped("forOthers");
      assert.match(refusal.message, /answered 403\. Jenkins lets nobody create an API token for another user/);
      assert.deepEqual([token.recorded, await scene.names(scene.other)], [undefined, []]);
    },
  },
];
