import { execFile } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateSdk } from "./generators.ts";
import { goHost } from "./hosts.ts";
import { livesThrough } from "./life.ts";
import { sampleOf } from "./samples.ts";
import { tool } from "./tools.ts";

const LIFE = fileURLToPath(new URL("go/life.go", import.meta.url));

/** The go.mod that `pulumi package add` writes. */
const SDK_MODULE = `module github.com/pulumi-jenkins/pulumi-jenkins/sdk/go

go 1.25

require github.com/pulumi/pulumi/sdk/v3 v3.256.0
`;

livesThrough({
  name: "Go",
  program: fileURLToPath(new URL("../../examples/go", import.meta.url)),
  tools: async () => [await goHost()],
  addSdk: async (folder) => {
    const sdk = join(folder, "sdks/jenkins"); // Where `pulumi package add` puts it.
    await generateSdk("go", sdk);
    writeFileSync(join(sdk, "go.mod"), SDK_MODULE);
    // The Go caches of this user, because the program has another HOME.
    const { stdout } = await promisify(execFile)("go", ["env", "-json", "GOCACHE", "GOMODCACHE"]);
    await tool("go", ["build", "-o", devNull, "."], folder, "Compiling Pulumi's SDK for Go", {
      GOWORK: "off",
      CGO_ENABLED: "0",
    });
    return { ...(JSON.parse(stdout) as Record<string, string>), GOWORK: "off", CGO_ENABLED: "0" };
  },
  addSecondHalf: (folder) => {
    cpSync(LIFE, join(folder, "life.go"));
    const main = join(folder, "main.go");
    writeFileSync(main, readFileSync(main, "utf8").replace("return nil\n", "return secondHalf(ctx, token)\n"));
  },
  useSample: (folder, name) => {
    rmSync(join(folder, "life.go"), { force: true });
    cpSync(sampleOf(name, "go"), join(folder, "main.go"));
  },
});
