import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Case } from "../case.ts";

const randomValue = () => `11${randomBytes(16).toString("hex")}`;

export const fixedValue: Case[] = [
  {
    name: "a declared value logs in, survives its token, and is replaced by another value",
    needs: ["names", "values"],
    run: async (scene) => {
      const program = { tokenName: scene.name, fixedValue: randomValue() };
      const token = await scene.created(program);
      const { userId, tokenUuid, tokenValue } = token.outputs;
      assert.deepEqual([tokenValue, await scene.signsIn(userId, tokenValue)], [program.fixedValue, true]);
      assert.equal(await token.up(program), "same");
      assert.equal(await token.up({ ...program, triggers: { turn: "2" } }), "replace");
      assert.notEqual(token.outputs["tokenUuid"], tokenUuid);
      assert.deepEqual([await scene.names(), await scene.signsIn(userId, tokenValue)], [[scene.name], true]);
      assert.equal(await token.up({ ...program, fixedValue: randomValue() }), "replace");
      assert.equal(await scene.signsIn(userId, tokenValue), false);
      assert.equal(await scene.signsIn(userId, token.outputs["tokenValue"]), true);
    },
  },
  {
    name: "the script console accepts a declared value",
    needs: ["names", "values"],
    run: async (scene) => {
      const program = { tokenName: scene.name, fixedValue: randomValue(), via: "scriptConsole" };
      const token = await scene.created(program);
      const { userId, tokenValue } = token.outputs;
      assert.deepEqual([tokenValue, await scene.signsIn(userId, tokenValue)], [program.fixedValue, true]);
      assert.deepEqual(await scene.names(), [scene.name]);
    },
  },
  {
    name: "the last day of a token with a declared value is read after it was added, through REST and the script console",
    needs: ["names", "values", "expiry"],
    run: async (scene) => {
      const declared = { tokenName: scene.name, fixedValue: randomValue(), expiresInDays: 30 };
      const token = await scene.created(declared);
      const { expiresOn } = token.outputs;
      assert.match(String(expiresOn), /^\d{4}-\d\d-\d\d$/);
      assert.equal(await token.up({ ...declared, via: "scriptConsole", triggers: { turn: "2" } }), "replace");
      assert.ok(String(token.outputs["expiresOn"]) >= String(expiresOn));
    },
  },
];
