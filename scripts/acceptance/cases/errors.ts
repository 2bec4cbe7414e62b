import assert from "node:assert/strict";
import type { Case } from "../case.ts";

export const errors: Case[] = [
  {
    name: "an error says that a user does not exist",
    run: async (scene) => {
      await assert.rejects(scene.created({ user: `${scene.name}-nobody` }), {
        code: "ERR_JENKINS_REJECTED",
        message: /answered 404\. There is no such user on this Jenkins\.$/,
      });
    },
  },
  {
    name: "an error says that the path of the URL is wrong",
    run: async (scene) => {
      const JENKINS_URL = `${scene.url}/${scene.name}`;
      await assert.rejects(scene.created({}, { ...scene.administrator, JENKINS_URL }), {
        code: "ERR_JENKINS_REJECTED",
        message: /is not the root url of a Jenkins: is its path \(such as \/jenkins\) missing or wrong\?$/,
      });
    },
  },
  {
    name: "an error says that the credentials are wrong, and does not show the secret",
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
];
