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
    await generateSdk("java", folder); // Beside the program's own sources: this language host links no packages.
    await tool("mvn", ["--quiet", "--batch-mode", "compile"], folder, "Compiling the program in Java, and the SDK");
    // Java reads its environment, and the config in it, in the encoding of the locale. Maven is started for short times.
    return { LC_ALL: "C.UTF-8", MAVEN_OPTS: "-XX:TieredStopAtLevel=1" };
  },
  addSecondHalf: () => undefined, // The program does more as soon as its config has more.
  useSample: (folder, name) => cpSync(sampleOf(name, "java"), join(folder, "src/main/java/myproject/App.java")),
});
