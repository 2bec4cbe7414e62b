import { isolate } from "./environment.ts";
import { forgetSecrets } from "./secrets.ts";

isolate();

export const mochaHooks = {
  /** Forgets secrets before each test file. One process runs many files, and searches each message for every known secret. */
  beforeAll(): void {
    forgetSecrets();
  },
};
