import { appendFileSync, cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateSdk } from "./generators.ts";
import { pythonHost, pythonWithSdk } from "./hosts.ts";
import { livesThrough } from "./life.ts";
import { sampleOf } from "./samples.ts";
import { tool } from "./tools.ts";

const LIFE = fileURLToPath(new URL("python/life.py", import.meta.url));

livesThrough({
  name: "Python",
  program: fileURLToPath(new URL("../../examples/python", import.meta.url)),
  tools: async () => [await pythonWithSdk(), await pythonHost()],
  addSdk: async (folder) => {
    const sdk = join(folder, "sdks/jenkins"); // Where `pulumi package add` puts it.
    await generateSdk("python", sdk);
    const packages = join(dirname(folder), "packages");
    const install = [
      "-m",
      "pip",
      "install",
      "--no-index",
      "--no-deps",
      "--no-build-isolation",
      "--target",
      packages,
      sdk,
    ];
    await tool(join(await pythonWithSdk(), "python"), install, folder, "Installing the generated SDK");
    return { PYTHONPATH: packages };
  },
  addSecondHalf: (folder) => appendFileSync(join(folder, "__main__.py"), readFileSync(LIFE)),
  useSample: (folder, name) => cpSync(sampleOf(name, "py"), join(folder, "__main__.py")),
});
