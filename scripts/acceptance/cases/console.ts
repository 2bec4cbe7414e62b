import assert from "node:assert/strict";
import { consoleTokens } from "../../../provider/jenkins/script-console.ts";
import type { Case } from "../case.ts";

const via = "scriptConsole";

/** Names that would run as Groovy, or end a Groovy string, if a script contained them unescaped. */
const ODD = [`'"; System.exit(0) //`, `\${1+1} $hudson`, `''' + 1 + '''`, "\\u0027 \\' \\", "👩🏽‍🚀 雪だるま"];

export const console: Case[] = [
  {
    name: "an administrator creates, renames and revokes another user's token through the script console",
    needs: ["names", "other"],
    run: async (scene) => {
      const user = await scene.session(scene.other).whoAmI();
      const token = await scene.created({ user, via });
      const { userId, tokenName, tokenValue } = token.outputs;
      assert.deepEqual([userId, await scene.names(scene.other), await scene.names()], [user, [tokenName], []]);
      assert.equal(await scene.signsIn(user, tokenValue), true);
      assert.equal(await scene.later(token).up({ user, via, tokenName: `${scene.name} two` }), "update");
      assert.deepEqual(await scene.names(scene.other), [`${scene.name} two`]);
      assert.equal(await scene.signsIn(user, tokenValue), true);
      await scene.later(token).destroy();
      assert.deepEqual(await scene.names(scene.other), []);
      assert.equal(await scene.signsIn(user, tokenValue), false);
    },
  },
  {
    name: "the script console shows the present state of a token, and a second up changes nothing",
    needs: ["names", "other"],
    run: async (scene) => {
      const user = await scene.session(scene.other).whoAmI();
      const program = { user, via, tokenName: `${scene.name} declared` };
      const token = await scene.created(program);
      assert.equal(await scene.later(token).refresh(), true);
      assert.deepEqual([token.preview(program), await token.up(program)], ["same", "same"]);
      await scene.renameByHand(token.id, `${scene.name} by hand`, scene.other);
      assert.equal(await scene.later(token).refresh(), true);
      assert.equal(token.outputs["tokenName"], `${scene.name} by hand`);
      assert.equal(await token.up(program), "update");
      assert.deepEqual(await scene.names(scene.other), [program.tokenName]);
      await scene.revokeByHand(token.id, scene.other);
      assert.equal(await scene.later(token).refresh(), false);
    },
  },
  {
    name: "the script console and the REST endpoints show the same tokens, and may alternate",
    needs: ["names"],
    run: async (scene) => {
      const tokenName = scene.name;
      const token = await scene.created({ tokenName, via });
      assert.equal(await scene.later(token).up({ tokenName }), "same");
      const session = scene.session();
      const byConsole = await consoleTokens(session, await session.whoAmI()).list();
      const { tokenUuid } = byConsole.find((listed) => listed.tokenName === tokenName) ?? {};
      assert.deepEqual([tokenUuid, await scene.names()], [token.id, [tokenName]]);
      assert.equal(await token.up({ tokenName: `${tokenName} two` }), "update");
      assert.equal(token.outputs["via"], undefined);
      await token.destroy();
    },
  },
  ...ODD.map(
    (odd): Case => ({
      name: `the name ${odd} stays unchanged in the script console, and is never run`,
      needs: ["names", "other"],
      run: async (scene) => {
        const user = await scene.session(scene.other).whoAmI();
        const tokenName = `${scene.name} ${odd}`;
        const token = await scene.created({ user, via, tokenName });
        assert.deepEqual(await scene.names(scene.other), [tokenName]);
        assert.equal(await scene.later(token).refresh(), true);
        assert.equal(await token.up({ user, via, tokenName }), "same");
      },
    }),
  ),
  {
    name: "even a name of several lines stays unchanged in the script console",
    needs: ["names"],
    run: async (scene) => {
      await scene.created(); // A Jenkins without named tokens refuses this.
      const session = scene.session();
      const tokens = consoleTokens(session, await session.whoAmI());
      const tokenName = `${scene.name} '\n''' + System.exit(0)\n\tprintln('pulumi-jenkins:{}')\n`;
      const { tokenUuid } = await tokens.generate({ tokenName });
      const found = (await tokens.list()).find((listed) => listed.tokenUuid === tokenUuid);
      assert.equal(found?.tokenName, tokenName);
      await tokens.rename(tokenUuid, `${tokenName}'`);
      assert.ok((await tokens.list()).some((listed) => listed.tokenName === `${tokenName}'`));
      await tokens.revoke(tokenUuid);
      await tokens.revoke(tokenUuid);
      assert.ok((await tokens.list()).every((listed) => listed.tokenUuid !== tokenUuid));
    },
  },
  {
    name: "a token that the script console created expires, too",
    needs: ["names", "expiry", "other"],
    run: async (scene) => {
      const user = await scene.session(scene.other).whoAmI();
      const token = await scene.created({ user, via, expiresInDays: 30 });
      const { expiresOn, tokenValue } = token.outputs;
      assert.match(String(expiresOn), /^\d{4}-\d\d-\d\d$/);
      assert.equal(await scene.signsIn(user, tokenValue), true);
      const listed = await consoleTokens(scene.session(), user).list();
      assert.equal(listed.find(({ tokenUuid }) => tokenUuid === token.id)?.expiresOn, expiresOn);
    },
  },
  {
    name: "an ordinary user may not use the script console",
    needs: ["names", "other"],
    run: async (scene) => {
      const token = scene.engine(scene.other);
      await assert.rejects(
        token.up({ autoName: scene.name, via }),
        (error: Error & { code?: string; status?: number }) => {
          if (error.status !== 403) throw error;
          assert.equal(error.code, "ERR_JENKINS_FORBIDDEN");
          assert.match(
            error.message,
            /only administrators may use the script console\. Log in as one, or leave out `via`\.$/,
          );
          return true;
        },
      );
      assert.deepEqual(await scene.left(), []);
    },
  },
];
