import assert from "node:assert/strict";
import type { ServiceError } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { after, before, describe, it } from "mocha";
import schema from "../../schema.json" with { type: "json" };
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type PluginClient, pluginClient } from "../support/plugin-client.ts";

const FUNCTION = "jenkins:index:getApiTokens";

describe("The native plugin, asked for the tokens of a user", () => {
  let jenkins: Jenkins;
  let plugin: PluginClient;

  before(async () => {
    jenkins = await startJenkins();
    plugin = await pluginClient(jenkins.url);
  });

  after(async () => {
    plugin.close();
    await jenkins.close();
  });

  function invoke(args: Record<string, structs.JavaScriptValue>, token = FUNCTION): Promise<messages.InvokeResponse> {
    const request = new messages.InvokeRequest().setTok(token).setArgs(structs.Struct.fromJavaScript(args));
    return new Promise((resolve, reject) => {
      plugin.client.invoke(request, (error: ServiceError | null, reply) => (error ? reject(error) : resolve(reply)));
    });
  }

  it("answers with the properties in its schema, and uses the provider config", async () => {
    const { tokenUuid } = jenkins.generate("bob", "deploy", "2040-01-01");
    jenkins.use("bob", tokenUuid, 3);
    const found = (await invoke({ user: "bob", via: "scriptConsole" })).getReturn()?.toJavaScript() ?? {};
    const [token] = found["tokens"] as [Record<string, unknown>];
    assert.deepEqual([found["userId"], found["jenkinsUrl"]], ["bob", jenkins.url]);
    assert.deepEqual([token["tokenUuid"], token["useCount"], token["expiresOn"]], [tokenUuid, 3, "2040-01-01"]);
    const { outputs } = schema.functions[FUNCTION];
    const { properties } = schema.types["jenkins:index:ReviewedToken"];
    assert.deepEqual(new Set(Object.keys(found)), new Set(Object.keys(outputs.properties)));
    assert.deepEqual(new Set(Object.keys(token)), new Set(Object.keys(properties)));
  });

  it("omits properties that Jenkins does not show, and marks nothing as secret", async () => {
    jenkins.generate("admin", "ci");
    const connection = { url: jenkins.url, username: "admin", password: "admin-password" };
    const found = (await invoke({ connection })).getReturn()?.toJavaScript() ?? {};
    const { tokenUuid, ...token } = (found["tokens"] as [Record<string, unknown>])[0];
    assert.deepEqual(token, { tokenName: "ci", isLegacy: false, isExpired: false, useCount: 0 });
  });

  it("answers a failure with an error that names the reason", async () => {
    await assert.rejects(invoke({ user: "nobody" }), { details: /^Looking for the user nobody failed: GET .*404/ });
    await assert.rejects(invoke({ unusedForDays: 90 }), { details: /^unusedForDays: needs exact times/ });
    await assert.rejects(invoke({ other: 1 }), { details: 'Unrecognized key: "other".' });
    await assert.rejects(invoke({}, "jenkins:index:other"), { details: "unknown function jenkins:index:other." });
  });
});
