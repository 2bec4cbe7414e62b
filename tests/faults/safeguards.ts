interface Patch {
  /** The path below provider/. */
  file: string;
  /** The text to replace. The file has it exactly once. */
  find: string;
  replace: string;
}

/**
 * The rules that keep the promise, each with a patch that removes it. If nothing notices that a rule is missing, nothing proves the rule.
 * So `npm run faults -- --break <rule>` has to find a violation for each of them.
 */
export const safeguards: Record<string, Patch[]> = {
  queue: [
    {
      file: "jenkins/tokens.ts",
      find: "const before = ongoing.lastChange;",
      replace: "const before = Promise.resolve();",
    },
  ],
  "unique-name": [
    {
      file: "resources/safe-create.ts",
      find: "return tokenName + uniqueEnd(randomHex(16));",
      replace: "return tokenName;",
    },
  ],
  reconcile: [
    {
      file: "resources/safe-create.ts",
      find: "if (await deal()) return true;",
      replace: "return true;",
    },
  ],
  "pending-record": [
    {
      file: "resources/safe-create.ts",
      find: "throw new PendingTokenError(pending, error);",
      replace: "throw error;",
    },
  ],
  "revoke-after-bad-reply": [
    {
      file: "jenkins/replies.ts",
      find: 'words, remedy, effect: "possible" });\n  }\n',
      replace: "words, remedy });\n  }\n",
    },
  ],
  "time-out-rule": [{ file: "resources/safe-create.ts", find: 'if (effect === "ended") {', replace: "if (true) {" }],
  "five-minutes": [
    { file: "resources/safe-create.ts", find: "if (missingMs > worthWaitingMs) return", replace: "if (false) return" },
    { file: "resources/safe-create.ts", find: "await pause(Math.max(0, missingMs));", replace: "" },
  ],
  "second-look": [
    {
      file: "jenkins/sender.ts",
      find: "if (await this.#isWorthASecondLook(outcome, manner, tries)) continue;",
      replace: "",
    },
  ],
  "second-look-at-a-user": [
    { file: "resources/gone.ts", find: "if (!first) return false;", replace: "return first !== undefined;" },
  ],
  "owner-check": [
    { file: "jenkins/client.ts", find: "if (isSameUser(id, userId)) return id;", replace: "return userId;" },
  ],
  "cancelled-may-have-run": [
    {
      file: "jenkins/exchange.ts",
      find: 'words: fault.message, effect: "possible" }',
      replace: "words: fault.message }",
    },
  ],
  "record-before-questions": [
    { file: "resources/token.ts", find: "  await context.memory.pending.settleCreates(key);\n", replace: "" },
    {
      file: "resources/token.ts",
      find: "const { tokens } = account;\n",
      replace: "const { tokens } = account;\n  await context.memory.pending.settleCreates(key);\n",
    },
  ],
  "rotation-record": [
    {
      file: "resources/rotating-token.ts",
      find: "  if (rotated.problems.length > 0) {\n",
      replace:
        '  if (rotated.problems.length > 0) {\n    if (latest === olds) throw new RejectedError({ tried: "not recorded" });\n',
    },
  ],
  "rotation-still-due": [
    {
      file: "resources/rotating-token.ts",
      find: "{ ...inputs, triggers: before.triggers, expiresInDays: before.expiresInDays }",
      replace: "inputs",
    },
  ],
  "rotation-done-in-part": [
    {
      file: "resources/rotating-token.ts",
      find: "  if (problems.length > 0)\n",
      replace:
        '  if (problems.length > 0) throw new RejectedError({ tried: "not recorded" });\n  if (problems.length > 0)\n',
    },
  ],
  "rotation-called-again": [
    {
      file: "resources/rotating-token.ts",
      find: "const latest = remembered.latestState(id, olds);",
      replace: "const latest = olds;",
    },
  ],
  "rotating-record-before-questions": [
    { file: "resources/rotating-token.ts", find: "  await context.memory.pending.settleCreates(key);\n", replace: "" },
    {
      file: "resources/rotating-token.ts",
      find: "const { url, userId } = account;\n",
      replace: "const { url, userId } = account;\n  await context.memory.pending.settleCreates(key);\n",
    },
  ],
  "login-belongs-to-server": [
    {
      file: "settings/connection.ts",
      find: "return belongs ? loginOf(named) : undefined;",
      replace: "return loginOf(named);",
    },
  ],
  "refusals-are-marked": [
    {
      file: "jenkins/replies.ts",
      find: "{ is: (reply) => isRefusal(reply) && isFromJenkins(reply),",
      replace: "{ is: (reply) => isRefusal(reply),",
    },
  ],
  "no-second-generate": [
    {
      file: "jenkins/sender.ts",
      find: ' || !(repeatable || error?.effect === "none")) return false;',
      replace: ") return false;",
    },
  ],
  "changes-are-confirmed": [
    {
      file: "jenkins/tokens.ts",
      find: "if (await isDone().catch(sayPossible)) return;",
      replace: "return;",
    },
  ],
  "no-twins": [{ file: "jenkins/tokens.ts", find: "if (!isProven) await", replace: "if (false) await" }],
  "looks-may-fail": [
    { file: "jenkins/tokens.ts", find: 'Object.assign(error, { effect: "possible" })', replace: "error" },
  ],
  "second-list": [
    { file: "resources/gone.ts", find: " ?? (await tokens?.findAgain(tokenUuid));", replace: ";" },
    {
      file: "resources/gone.ts",
      find: "if (tokens && (await isAlive(state, context)))",
      replace: "if (false)",
    },
  ],
  "user-gone-by-jenkins": [
    {
      file: "resources/gone.ts",
      find: "if (first.isFromJenkins && second.isFromJenkins) return true;",
      replace: "return true;",
    },
  ],
  "who-signed-in": [
    { file: "jenkins/client.ts", find: "if (isSameUser(name, username)) return name;", replace: "return name;" },
  ],
  "left-token-is-found": [
    {
      file: "resources/fixed-value.ts",
      find: "const left = await leftToken(account, request, fixed.uuids, { isFresh: true, isOfThisCall: false });",
      replace: "const left = undefined;",
    },
  ],
  "kept-token-is-no-attempt": [
    { file: "resources/token.ts", find: "if (isKept(state, context.memory)) return;", replace: "" },
  ],
};
