import assert from "node:assert/strict";
import { resources } from "../../../provider/resources/index.ts";
import type { Case } from "../case.ts";

const { read } = resources.ApiToken;
const DAY_MS = 86_400_000;

/** The number of days between two calendar days. */
function daysBetween(from: Date, to: unknown): number {
  return (Date.parse(String(to)) - Date.parse(from.toISOString().slice(0, 10))) / DAY_MS;
}

export const expiry: Case[] = [
  {
    name: "a token that expires shows its last day, and logs in before",
    needs: ["names", "expiry"],
    run: async (scene) => {
      const token = await scene.created({ expiresInDays: 30 });
      const { userId, tokenValue, expiresOn } = token.outputs;
      assert.match(String(expiresOn), /^\d{4}-\d\d-\d\d$/);
      const days = daysBetween(scene.session().controller.time(), expiresOn); // In the server's time zone it may be another day.
      assert.ok(Math.abs(days - 30) <= 1, `${days} days`);
      assert.equal(await scene.signsIn(userId, tokenValue), true);
    },
  },
  {
    name: "the last day stays the same over ups, refreshes and renames, and a look-up shows it",
    needs: ["names", "expiry"],
    run: async (scene) => {
      const program = { expiresInDays: 30, renewBeforeDays: 7, tokenName: `${scene.name} one` };
      const token = await scene.created(program);
      const { expiresOn } = token.outputs;
      assert.equal(await scene.later(token).refresh(), true);
      assert.equal(await token.up(program), "same");
      assert.equal(await token.up({ ...program, tokenName: `${scene.name} two` }), "update");
      assert.equal(token.outputs["expiresOn"], expiresOn);
      const { props } = await read(token.id, {}, scene.context(scene.administrator));
      assert.equal(props["expiresOn"], expiresOn);
    },
  },
  {
    name: "a token is replaced the declared number of days before it expires, or else after it has expired",
    needs: ["names", "expiry"],
    run: async (scene) => {
      const program = { autoName: scene.name, expiresInDays: 30 };
      const early = { ...program, renewBeforeDays: 7 };
      const token = await scene.created(program);
      const after = (days: number) => {
        token.context.now = () => new Date(Date.now() + days * DAY_MS);
        return [token.preview(program), token.preview(early)];
      };
      assert.deepEqual(after(1), ["same", "same"]);
      assert.deepEqual(after(21), ["same", "same"]);
      assert.deepEqual(after(26), ["same", "replace"]);
      assert.deepEqual(after(33), ["replace", "replace"]);
    },
  },
  {
    name: "another expiry creates another token, and so does removing the expiry",
    needs: ["names", "expiry"],
    run: async (scene) => {
      const token = await scene.created({ expiresInDays: 30 });
      const { expiresOn, tokenValue, userId } = token.outputs;
      assert.equal(await token.up({ autoName: scene.name, expiresInDays: 60 }), "replace");
      assert.ok(String(token.outputs["expiresOn"]) > String(expiresOn));
      assert.equal(await token.up({ autoName: scene.name }), "replace");
      assert.equal(token.outputs["expiresOn"], undefined);
      assert.deepEqual(await scene.names(), [token.outputs["tokenName"]]);
      assert.equal(await scene.signsIn(userId, tokenValue), false);
    },
  },
];
