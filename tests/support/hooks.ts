import { forgetSecrets } from "./secrets.ts";

export const mochaHooks = {
  /** Forgets secrets before each test file. One process runs many files, and searches each message for every known secret. */
  beforeAll(): void {
    forgetSecrets();
  },
};
