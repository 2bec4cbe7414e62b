import assert from "node:assert/strict";
import { resources } from "../../../provider/resources/index.ts";
import type { Case } from "../case.ts";

const { read } = resources.ApiToken;
export const life: Case[] = [
  {
    name: "a token is created with a declared name, logs in, and is revoked",
    needs: ["names"],
    run: async (scene) => {
      const token = await scene.created();
      const { tokenName, tokenValue, userId } = token.outputs;
      assert.match(String(tokenName), new RegExp(`^${scene.name}-[0-9a-f]{8}$`));
      assert.deepEqual(await scene.names(), [tokenName]);
      assert.equal(await scene.signsIn(userId, tokenValue), true);
      await scene.later(token).destroy();
      assert.deepEqual(await scene.names(), []);
      assert.equal(await scene.signsIn(userId, tokenValue), false);
    },
  },
  {
    name: "a second up changes nothing",
    needs: ["names"],
    run: async (scene) => {
      const program = { autoName: scene.name, triggers: { round: "1" } };
      const token = await scene.created(program);
      const { id, outputs } = token;
      assert.equal(await scene.later(token).up(program), "same");
      assert.deepEqual([token.id, token.outputs], [id, outputs]);
      assert.deepEqual(await scene.names(), [outputs["tokenName"]]);
    },
  },
  {
    name: "the creation time is the server's",
    needs: ["names"],
    run: async (scene) => {
      const { outputs } = await scene.created();
      const createdAt = Date.parse(String(outputs["createdAt"]));
      assert.ok(Math.abs(createdAt - scene.session().controller.time().getTime()) < 60_000);
    },
  },
  {
    name: "a password logs in with one crumb for all tokens that are created at the same time",
    needs: ["names", "password"],
    run: async (scene) => {
      await Promise.all(Array.from({ length: 5 }, () => scene.created()));
      assert.equal((await scene.names()).length, 5);
    },
  },
  {
    name: "an API token logs in without a crumb, and creates other tokens",
    needs: ["names"],
    run: async (scene) => {
      const { outputs } = await scene.created();
      const { JENKINS_PASSWORD, ...where } = scene.administrator;
      const login = { JENKINS_USER_ID: String(outputs["userId"]), JENKINS_API_TOKEN: String(outputs["tokenValue"]) };
      const made = await scene.created({}, { ...where, ...login });
      assert.equal((await scene.names()).length, 2);
      await made.destroy();
      assert.deepEqual(await scene.names(), [outputs["tokenName"]]);
    },
  },
  {
    name: "twenty tokens of one user can be created, renamed and revoked at the same time",
    needs: ["names"],
    run: async (scene) => {
      const tokens = await Promise.all(Array.from({ length: 20 }, () => scene.created()));
      assert.equal((await scene.names()).length, 20);
      await Promise.all(tokens.map((token, at) => token.up({ tokenName: `${scene.name} ${at}` })));
      assert.deepEqual(new Set(await scene.names()), new Set(tokens.map((_, at) => `${scene.name} ${at}`)));
      await Promise.all(tokens.map((token) => token.destroy()));
      assert.deepEqual(await scene.names(), []);
    },
  },
  {
    name: "a trigger replaces the token: the value is new, and the old value stops working",
    needs: ["names"],
    run: async (scene) => {
      const token = await scene.created({ triggers: { round: "1" } });
      const { userId, tokenValue } = token.outputs;
      assert.equal(await token.up({ autoName: scene.name, triggers: { round: "2" } }), "replace");
      assert.deepEqual(await scene.names(), [token.outputs["tokenName"]]);
      assert.equal(await scene.signsIn(userId, tokenValue), false);
      assert.equal(await scene.signsIn(userId, token.outputs["tokenValue"]), true);
    },
  },
  {
    name: "a token reads and revokes itself if no credentials are configured",
    needs: ["names"],
    run: async (scene) => {
      const { JENKINS_URL, JENKINS_USER_ID, JENKINS_PASSWORD, JENKINS_API_TOKEN, ...around } = scene.administrator;
      const token = scene.later(await scene.created(), around);
      assert.equal(await token.refresh(), true);
      await token.destroy();
      assert.deepEqual(await scene.names(), []);
    },
  },
  {
    name: "a token is looked up by its uuid",
    needs: ["names"],
    run: async (scene) => {
      const tokenName = `${scene.name} by hand`;
      const { tokenUuid } = await scene.madeByHand(tokenName);
      const { id, props } = await read(tokenUuid, {}, scene.context(scene.administrator));
      assert.deepEqual([id, props["tokenName"], props["jenkinsUrl"]], [tokenUuid, tokenName, scene.url]);
      const gone = "00000000-0000-4000-8000-000000000000";
      await assert.rejects(read(gone, {}, scene.context(scene.administrator)), {
        message: /there is no such token\. `npx/,
      });
    },
  },
];
