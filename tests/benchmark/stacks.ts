/** Stacks of programs that declare many tokens. Each has its own folder. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stack } from "../../scripts/pulumi-cli/stack.ts";
import type { Workshop } from "../../scripts/pulumi-cli/workshop.ts";
import { environmentOf, firstLogin, PREFIX, type Secret, type Server } from "./jenkins.ts";

/** The program's resources: `floor` has a provider that does nothing, `dynamic` and `plugin` are ours, `other` is another package. */
export type Subject = "floor" | "dynamic" | "plugin" | "other";

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function stackOf(
  subject: Subject,
  workshop: Workshop,
  server: Server,
  source: string,
  by: Secret = "apiToken",
): Promise<Stack> {
  const { controller, login } = firstLogin(server);
  const folder = mkdtempSync(join(workshop.folder, `${subject}-`));
  const backend = join(folder, "backend");
  mkdirSync(backend);
  // The same node_modules for all subjects, because Pulumi searches them.
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileOf("../../node_modules/@pulumi"), join(folder, "node_modules/@pulumi"));
  symlinkSync(fileOf(subject === "floor" ? "floor" : "../.."), join(folder, "node_modules/pulumi-jenkins"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module", "main": "index.mjs" }`);
  const stack = new Stack(workshop, folder, PREFIX, backend, environmentOf(controller, login, by));
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${PREFIX}\n${runtime}\nmain: index.mjs\n${stack.plugins}\n`);
  stack.write(source, ({ floor: "dynamic", dynamic: "dynamic", plugin: "native", other: "none" } as const)[subject]);
  await stack.init();
  return stack;
}

/** A program with this number of tokens. A single login comes from the environment. With several, each token declares its own. */
export function programOf({ controllers }: Server, tokens: number, by: Secret): string {
  const connections = controllers.flatMap(({ url, logins }) =>
    logins.map(({ username, ...login }) => ({ url, username, [by]: login[by] })),
  );
  return `const connections = ${connections.length > 1 ? JSON.stringify(connections) : "[undefined]"};
for (let index = 0; index < ${tokens}; index++) {
  new JenkinsApiToken("token-" + index, { connection: connections[index % connections.length] });
}
`;
}
