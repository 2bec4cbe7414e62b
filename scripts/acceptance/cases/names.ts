import assert from "node:assert/strict";
import type { Case } from "../case.ts";

export const names: Case[] = [
  ...["<b>&amp; \"double\" 'single'", "👩🏽‍🚀 雪だるま ü", "a  b / \\ % + ; #", "</span></div></html>"].map(
    (odd): Case => ({
      name: `the name ${odd} stays unchanged`,
      needs: ["names"],
      run: async (scene) => {
        const tokenName = `${scene.name} ${odd}`;
        const token = await scene.created({ tokenName });
        assert.deepEqual(await scene.names(), [tokenName]);
        assert.equal(await scene.later(token).refresh(), true);
        assert.equal(await token.up({ tokenName }), "same");
      },
    }),
  ),
];
