import assert from "node:assert/strict";
import { read } from "../../provider/lifecycle.ts";
import { startLossyProxy } from "./lossy-proxy.ts";
import { type Reason, type Scene, Skipped } from "./server.ts";

/** What has to hold on every Jenkins, the in-process one and real ones alike. */
export interface Case {
  name: string;
  needs?: Reason[];
  run: (scene: Scene) => Promise<void>;
}

export const cases: Case[] = [
  {
    name: "a token is made under a name of its own, signs in, and is revoked",
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
    name: "the time of making is the server's",
    run: async (scene) => {
      const { outputs } = await scene.created();
      const createdAt = Date.parse(String(outputs["createdAt"]));
      assert.ok(Math.abs(createdAt - scene.session().serverTime().getTime()) < 60_000);
    },
  },
  {
    name: "a password signs in with one crumb for all that is made at the same time",
    needs: ["password"],
    run: async (scene) => {
      await Promise.all(Array.from({ length: 5 }, () => scene.created()));
      assert.equal((await scene.names()).length, 5);
    },
  },
  {
    name: "an API token signs in without a crumb, and makes tokens like itself",
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
    name: "twenty tokens of one user, made, renamed and revoked at the same time, disturb none of them",
    run: async (scene) => {
      const tokens = await Promise.all(Array.from({ length: 20 }, () => scene.created()));
      assert.equal((await scene.names()).length, 20);
      await Promise.all(tokens.map((token, at) => token.up({ tokenName: `${scene.name} ${at}` })));
      assert.deepEqual(new Set(await scene.names()), new Set(tokens.map((_, at) => `${scene.name} ${at}`)));
      await Promise.all(tokens.map((token) => token.destroy()));
      assert.deepEqual(await scene.names(), []);
    },
  },
  ...["<b>&amp; \"double\" 'single'", "👩🏽‍🚀 雪だるま ü", "a  b / \\ % + ; #", "</span></div></html>"].map((odd) => ({
    name: `the name ${odd} is kept as it is`,
    run: async (scene: Scene) => {
      const tokenName = `${scene.name} ${odd}`;
      const token = await scene.created({ tokenName });
      assert.deepEqual(await scene.names(), [tokenName]);
      assert.equal(await scene.later(token).refresh(), true);
      assert.equal(await token.up({ tokenName }), "same");
    },
  })),
  {
    name: "a token is renamed in place: uuid and value stay",
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
    name: "a token that was revoked by hand leaves the state, and is made again",
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
    run: async (scene) => {
      const token = await scene.created();
      await scene.revokeByHand(token.id);
      await scene.later(token).destroy();
    },
  },
  {
    name: "a trigger replaces the token: another value, and the old one dies",
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
    name: "a token reads and revokes itself where no login is set",
    run: async (scene) => {
      const { JENKINS_CA_CERT } = scene.administrator;
      const token = scene.later(await scene.created(), { ...(JENKINS_CA_CERT && { JENKINS_CA_CERT }) });
      assert.equal(await token.refresh(), true);
      await token.destroy();
      assert.deepEqual(await scene.names(), []);
    },
  },
  {
    name: "a token is looked up by its uuid",
    run: async (scene) => {
      const tokenName = `${scene.name} by hand`;
      const { tokenUuid } = await scene.madeByHand(tokenName);
      const { id, props } = await read(tokenUuid, {}, scene.context(scene.administrator));
      assert.deepEqual([id, props["tokenName"], props["jenkinsUrl"]], [tokenUuid, tokenName, scene.url]);
      const gone = "00000000-0000-4000-8000-000000000000";
      await assert.rejects(read(gone, {}, scene.context(scene.administrator)), {
        message: /there is no such token\.$/,
      });
    },
  },
  {
    name: "a lost reply leaves exactly one token, with a value that is known",
    run: async (scene) => {
      const proxy = await startLossyProxy(scene.url, scene.caCert);
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
    name: "what an unfinished attempt has left is found by its record and revoked",
    run: async (scene) => {
      const name = `${scene.name} (pulumi 0123456789abcdef)`;
      await scene.madeByHand(name);
      const userId = await scene.session().whoAmI();
      const startedAt = scene.session().serverTime().toISOString();
      const token = scene.engine();
      const outputs = { tokenName: scene.name, userId, jenkinsUrl: scene.url, pending: { name, startedAt } };
      token.recorded = { id: "pending-0123456789abcdef", outputs };
      await token.destroy();
      assert.deepEqual(await scene.names(), []);
      token.recorded = { id: "pending-0123456789abcdef", outputs };
      await assert.rejects(token.destroy(), { code: "ERR_JENKINS_REJECTED", message: /Run again at .* or later\.$/ });
    },
  },
  {
    name: "a user in other letters is the same user",
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
    name: "a user who isn't there is told as such",
    run: async (scene) => {
      await assert.rejects(scene.created({ user: `${scene.name}-nobody` }), {
        code: "ERR_JENKINS_REJECTED",
        message: /answered 404\. There is no such user on this Jenkins\.$/,
      });
    },
  },
  {
    name: "a wrong path is told as such",
    run: async (scene) => {
      const JENKINS_URL = `${scene.url}/${scene.name}`;
      await assert.rejects(scene.created({}, { ...scene.administrator, JENKINS_URL }), {
        code: "ERR_JENKINS_REJECTED",
        message: /is not the root URL of a Jenkins: is its path \(such as \/jenkins\) missing or wrong\?$/,
      });
    },
  },
  {
    name: "a wrong login is told as such, and not shown",
    run: async (scene) => {
      const { JENKINS_PASSWORD, ...where } = scene.administrator;
      const login = { JENKINS_USER_ID: `${scene.name}-nobody`, JENKINS_API_TOKEN: `11${"0".repeat(32)}` };
      await assert.rejects(scene.created({}, { ...where, ...login }), (error: Error & { code: string }) => {
        assert.equal(error.code, "ERR_JENKINS_FORBIDDEN");
        assert.match(error.message, /answered 401\. Jenkins does not accept the API token of /);
        assert.doesNotMatch(error.message, /110000/);
        return true;
      });
    },
  },
  {
    name: "an ordinary user makes a token, and an administrator revokes it",
    needs: ["other"],
    run: async (scene) => {
      const token = await scene.created({}, scene.other);
      assert.deepEqual(await scene.names(scene.other), [token.outputs["tokenName"]]);
      assert.equal(await scene.later(token).refresh(), true);
      await token.destroy();
      assert.deepEqual(await scene.names(scene.other), []);
    },
  },
  {
    name: "an ordinary user may not see the tokens of others, but the token itself may",
    needs: ["other"],
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
    name: "nobody makes tokens for others, administrators included",
    needs: ["other"],
    run: async (scene) => {
      const user = await scene.session(scene.other).whoAmI();
      const token = scene.engine();
      const refusal = await token.up({ autoName: scene.name, user }).catch((error: Error) => error);
      if (!(refusal instanceof Error)) throw new Skipped("forOthers");
      assert.match(refusal.message, /answered 403\. Jenkins lets nobody make an API token for another user/);
      assert.deepEqual([token.recorded, await scene.names(scene.other)], [undefined, []]);
    },
  },
];
