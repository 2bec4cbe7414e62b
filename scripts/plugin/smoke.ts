// Starts the executable of this machine's platform as Pulumi does, and asks it for its version: node scripts/plugin/smoke.ts FOLDER
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { version } from "./bundle.ts";

const [, , folder = "."] = process.argv;
const [archive] = globSync(`pulumi-resource-jenkins-v${version}-*.tar.gz`, { cwd: folder });
if (!archive) throw new Error(`there is no executable of version ${version} in ${folder}`);
const unpacked = mkdtempSync(join(tmpdir(), "pulumi-jenkins-smoke-"));
execFileSync("tar", ["-xzf", archive, "-C", unpacked], { cwd: folder });
const child = spawn(join(unpacked, "pulumi-resource-jenkins"), ["127.0.0.1:1"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [port] = await once(child.stdout, "data");
const client = new services.ResourceProviderClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
const info = await promisify<empties.Empty, PluginInfo>(client.getPluginInfo.bind(client))(new empties.Empty());
client.close();
child.kill();
await once(child, "close");
rmSync(unpacked, { recursive: true, force: true });
if (info.getVersion() !== version) throw new Error(`${archive} says that it is of version ${info.getVersion()}`);
process.stdout.write(`${archive} starts, and is of version ${version}.\n`);
