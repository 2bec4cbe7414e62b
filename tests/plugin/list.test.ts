import assert from "node:assert/strict";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { after, before, describe, it } from "mocha";
import { UNKNOWN } from "../../provider/properties.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type PluginClient, pluginClient } from "../support/plugin-client.ts";

const TYPE = "jenkins:index:ApiToken";
type Query = Record<string, structs.JavaScriptValue>;

describe("The native plugin, asked to list tokens", () => {
  let jenkins: Jenkins;
  let plugin: PluginClient;
  let bobs: string[];

  before(async () => {
    jenkins = await startJenkins();
    bobs = ["one", "two", "three"].map((name) => `bob/${jenkins.generate("bob", name).tokenUuid} ${name}`);
    plugin = await pluginClient(jenkins.url);
  });

  after(async () => {
    plugin.close();
    await jenkins.close();
  });

  async function list(query: Query, request = new messages.ListRequest(), token = TYPE) {
    request.setToken(token).setQuery(structs.Struct.fromJavaScript(query));
    const found: string[] = [];
    let [isComputed, next] = [false, ""];
    for await (const part of plugin.client.list(request) as AsyncIterable<messages.ListResponse>) {
      if (part.hasResult()) found.push(`${part.getResult()?.getId()} ${part.getResult()?.getName()}`);
      if (part.hasComputed()) isComputed = true;
      if (part.hasContinuation()) next = part.getContinuation()?.getContinuationToken() ?? "";
    }
    return { found, isComputed, next };
  }

  it("answers with the ids and names of a user's tokens, and reads one page for them", async () => {
    const asked = jenkins.log.length;
    const { found, next } = await list({ user: "bob" });
    assert.deepEqual(new Set(found), new Set(bobs));
    assert.equal(next, "");
    const pages = jenkins.log.slice(asked).filter(({ path }) => path.includes("/user/bob/security"));
    assert.equal(pages.length, 1);
  });

  it("answers with the signed-in user's tokens when no user is named", async () => {
    const { tokenUuid } = jenkins.generate("admin", "own");
    assert.deepEqual((await list({})).found, [`admin/${tokenUuid} own`]);
  });

  it("respects the limit and the page size of the request", async () => {
    const all = (await list({ user: "bob" })).found;
    const two = new messages.ListRequest().setLimit(2);
    assert.deepEqual(await list({ user: "bob" }, two), { found: all.slice(0, 2), isComputed: false, next: "" });
    const first = await list({ user: "bob" }, new messages.ListRequest().setPageSize(2));
    assert.deepEqual(first.found, all.slice(0, 2));
    const request = new messages.ListRequest().setPageSize(2).setContinuationToken(first.next);
    assert.deepEqual(await list({ user: "bob" }, request), { found: all.slice(2), isComputed: false, next: "" });
  });

  it("answers an unknown query with an unknown list, and sends no request", async () => {
    const asked = jenkins.log.length;
    for (const query of [{ user: UNKNOWN }, { connection: { url: UNKNOWN } }])
      assert.deepEqual(await list(query), { found: [], isComputed: true, next: "" });
    assert.equal(jenkins.log.length, asked);
  });

  it("answers a failure with an error that names the reason", async () => {
    await assert.rejects(list({ user: "nobody" }), { details: /^Looking for the user nobody failed: GET .*404/ });
    await assert.rejects(list({ other: 1 }), { details: 'Unrecognized key: "other".' });
    const noPage = new messages.ListRequest().setContinuationToken("-1");
    await assert.rejects(list({}, noPage), { details: 'This list has no page "-1".' });
    const other = "jenkins:index:RotatingApiToken";
    await assert.rejects(list({}, undefined, other), { details: `${other} has no list.` });
  });
});
