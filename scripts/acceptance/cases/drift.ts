import assert from "node:assert/strict";
import type { Case } from "../case.ts";
import { startLossyProxy } from "../lossy-proxy.ts";

export const drift: Case[] = [
  {
    name: "a token is renamed in place: uuid and value stay",
    needs: ["names"],
    run: async (scene) => {
      const token = await scene.created({ tokenName: `${scene.name} one` });
      const { id, outputs } = token;
      assert.equal(await token.up({ tokenName: `${scene.name} two` }), "update");
      assert.deepEqual([await scene.names(), token.id], [[`${scene.name} two`], id]);
      assert.equal(await scene.signsIn(outputs["userId"], token.outputs["tokenValue"]), true);
    },
  },
  {
    name: "a token that was renamed by hand gets its name back",
    needs: ["names"],
    run: async (scene) => {
      const tokenName = `${scene.name} declared`;
      const token = await scene.created({ tokenName });
      await scene.renameByHand(token.id, `${scene.name} by hand`);
      assert.equal(await scene.later(token).refresh(), true);
      assert.equal(token.outputs["tokenName"], `${scene.name} by hand`);
      assert.equal(await token.up({ tokenName }), "update");
      assert.deepEqual(await scene.names(), [tokenName]);
    },
  },
  {
    name: "a token that was revoked by hand leaves the state, and is created again",
    needs: ["names"],
    run: async (scene) => {
      const token = await scene.created();
      await scene.revokeByHand(token.id);
      assert.equal(await scene.later(token).refresh(), false);
      assert.equal(await token.up({ autoName: scene.name }), "create");
      assert.equal((await scene.names()).length, 1);
    },
  },
  {
    name: "revoking a token that is already gone succeeds",
    needs: ["names"],
    run: async (scene) => {
      const token = await scene.created();
      await scene.revokeByHand(token.id);
      await scene.later(token).destroy();
    },
  },
  {
    name: "a lost reply leaves exactly one token, with a value that is known",
    needs: ["names"],
    run: async (scene) => {
      const proxy = await startLossyProxy(scene.url, scene.transport);
      try {
        const token = scene.engine({ ...scene.administrator, JENKINS_URL: proxy.url });
        proxy.loseReplyTo("/generateNewToken");
        await token.up({ tokenName: scene.name });
        assert.deepEqual(await scene.names(), [scene.name]);
        assert.equal(await scene.signsIn(token.outputs["userId"], token.outputs["tokenValue"]), true);
      } finally {
        proxy.close();
      }
    },
  },
  {
    name: "the token of an unfinished create is found by its record and revoked",
    needs: ["names"],
    run: async (scene) => {
      const name = `${scene.name} (pulumi 0123456789abcdef)`;
      await scene.madeByHand(name);
      const userId = await scene.session().whoAmI();
      const startedAt = scene.session().controller.time().toISOString();
      const token = scene.engine();
      const outputs = { tokenName: scene.name, userId, jenkinsUrl: scene.url, pending: { name, startedAt } };
      token.recorded = { id: "pending-0123456789abcdef", outputs };
      await token.destroy();
      assert.deepEqual(await scene.names(), []);
      token.recorded = { id: "pending-0123456789abcdef", outputs };
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_REJECTED", message: /Run again at .* or later\.$/ });
    },
  },
];
