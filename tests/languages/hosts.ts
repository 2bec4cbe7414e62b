/** Pulumi's language hosts and SDKs. Each is built once per machine. */
import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { compile, made, tool } from "./tools.ts";

const SDK = "github.com/pulumi/pulumi/sdk/v3";

/** The folder with the language host for Python. */
export async function pythonHost(): Promise<string> {
  return await made("hosts/python", async (module, folder) => {
    const host = "pulumi-language-python";
    await compile(module, `${SDK}/python/cmd/${host}`, join(folder, host));
    // The host starts programs through this script, and looks for it in its own folder.
    const script = `${host}-exec`;
    await copyFile(join(await folderOf(module, SDK), "python/cmd", script), join(folder, script));
  });
}

/** The folder with the language host for Go. */
export async function goHost(): Promise<string> {
  const host = "pulumi-language-go";
  return await made("hosts/go", (module, folder) => compile(module, `${SDK}/go/${host}`, join(folder, host)));
}

/** The folder with the language host for Java. */
export async function javaHost(): Promise<string> {
  const host = "pulumi-language-java";
  const name = `github.com/pulumi/pulumi-java/pkg/cmd/${host}`;
  return await made("hosts/java", (module, folder) => compile(module, name, join(folder, host)));
}

/** The `bin` folder of a Python environment with Pulumi's SDK. */
export async function pythonWithSdk(): Promise<string> {
  const environment = await made("python", async (source, folder) => {
    await tool("python3", ["-m", "venv", folder], folder, "Making an environment for Python");
    const install = ["-m", "pip", "install", "--requirement", join(source, "requirements.txt")];
    await tool(join(folder, "bin/python"), install, folder, "Installing Pulumi's SDK for Python");
  });
  return join(environment, "bin");
}

async function folderOf(module: string, name: string): Promise<string> {
  const args = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", name];
  const { stdout } = await promisify(execFile)("go", args, { cwd: module, env: { ...process.env, GOWORK: "off" } });
  return stdout.trim();
}
