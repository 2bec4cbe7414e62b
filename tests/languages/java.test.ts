import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateSdk } from "./generators.ts";
import { javaHost } from "./hosts.ts";
import { livesThrough } from "./life.ts";
import { sampleOf } from "./samples.ts";
import { tool } from "./tools.ts";

livesThrough({
  name: "Java",
  program: fileURLToPath(new URL("java", import.meta.url)),
  tools: async () => {
    await tool("mvn", ["--version"], ".", "Looking for Java and Maven");
    return [await javaHost()];
  },
  addSdk: async (folder) => {
    await generateSdk("java", folder); // Among the program's sources, because this language host links no packages.
    await tool("mvn", ["--quiet", "--batch-mode", "compile"], folder, "Compiling the program in Java, and the SDK");
    // Java decodes environment variables, including the config, with the locale's encoding. The option makes Maven start faster.
    return { LC_ALL: "C.UTF-8", MAVEN_OPTS: "-XX:TieredStopAtLevel=1" };
  },
  addSecondHalf: () => undefined, // The program itself has the second half, and runs it when the config has more keys.
  useSample: (folder, name) => cpSync(sampleOf(name, "java"), join(folder, "src/main/java/myproject/App.java")),
});
