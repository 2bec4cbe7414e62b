import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Context } from "../../provider/resources/context.ts";
import * as legacyToken from "../../provider/resources/legacy-token.ts";
import * as rotatingToken from "../../provider/resources/rotating-token.ts";
import { Engine, type Properties } from "../../scripts/acceptance/engine.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { basic, later } from "../support/front-door.ts";
import { heldPort } from "../support/held-port.ts";
import { memory, newProcess } from "../support/process.ts";
import { printed, quick } from "../support/quick.ts";

const program = { tokenName: "ci" };

describe("A Jenkins that has moved", () => {
  let jenkins: Jenkins;
  let others: Jenkins[];

  beforeEach(async () => {
    newProcess();
    jenkins = await startJenkins();
    others = [];
  });

  afterEach(async () => {
    for (const one of [jenkins, ...others]) await one.close();
  });

  /** A URL where nobody listens. */
  async function nowhere(): Promise<string> {
    return (await heldPort()).url;
  }

  /** A context whose stack config has a login for the Jenkins at `url`. */
  function configured(url: string, id = "alice", environment: Record<string, string> = {}): Context {
    const config: Record<string, string> = { url, username: id, password: `${id}-password` };
    const get = (key: string) => config[key.replace("jenkins:", "")];
    return { config: { get }, environment, memory: memory(), limits: quick };
  }

  /** A resource whose state has the old URL `old`. Its Jenkins is now at `jenkins.url`. */
  async function moved(old: string, inputs: Properties = program, life?: ConstructorParameters<typeof Engine>[1]) {
    const token = new Engine(configured(jenkins.url), life);
    await token.up(inputs);
    token.recorded = { id: token.id, outputs: { ...token.outputs, jenkinsUrl: old } };
    jenkins.log.length = 0;
    return token;
  }

  /** The number of requests with this value. */
  function tries(server: Jenkins, value: unknown): number {
    return server.log.filter(({ headers }) => headers.authorization === basic("alice", value)).length;
  }

  async function another(): Promise<Jenkins> {
    const one = await startJenkins();
    others.push(one);
    return one;
  }

  it("has its new url in the state after a refresh with that url declared, and the next up keeps the token", async () => {
    const old = await nowhere();
    const token = await moved(old);
    const { id, outputs } = token;
    later(token, configured(`${jenkins.url}/`));
    const lines = await printed(async () => assert.equal(await token.refresh(), true));
    assert.deepEqual([token.id, token.outputs], [id, { ...outputs, jenkinsUrl: jenkins.url }]);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", new RegExp(`has moved from ${old} to ${jenkins.url}: it has the same user alice`));
    assert.equal(tries(jenkins, outputs["tokenValue"]), 0);
    later(token, configured(jenkins.url));
    assert.equal(await token.up(program), "same");
    await token.destroy();
    assert.deepEqual(jenkins.tokens("alice"), []);
  });

  it("is found by an administrator for another user, and by a login from the environment", async () => {
    const token = await moved(await nowhere());
    later(token, configured(jenkins.url, "admin"));
    await printed(() => token.refresh());
    assert.equal(token.outputs["jenkinsUrl"], jenkins.url);
    token.recorded = { id: token.id, outputs: { ...token.outputs, jenkinsUrl: await nowhere() } };
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    later(token, {
      ...configured(jenkins.url),
      environment,
      config: { get: (key) => (/url$/.test(key) ? jenkins.url : undefined) },
    });
    await printed(() => token.refresh());
    assert.equal(token.outputs["jenkinsUrl"], jenkins.url);
  });

  it("is found even if the token was renamed there by hand", async () => {
    const token = await moved(await nowhere());
    jenkins.rename("alice", token.id, "by hand");
    later(token, configured(jenkins.url));
    await printed(() => token.refresh());
    assert.deepEqual([token.outputs["jenkinsUrl"], token.outputs["tokenName"]], [jenkins.url, "by hand"]);
  });

  it("counts as another Jenkins if the user has no token with this uuid, and the state is kept", async () => {
    const token = await moved(jenkins.url);
    const { outputs } = token;
    const other = await another();
    other.generate("alice", "ci");
    later(token, configured(other.url));
    const lines = await printed(async () => assert.equal(await token.refresh(), true));
    assert.deepEqual(token.outputs, outputs);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /is not the same Jenkins as .*: its user alice has no such token\. The state keeps/);
    assert.equal(tries(other, outputs["tokenValue"]), 0);
  });

  it("counts as another Jenkins if the user, a login or the server is missing, or the login is refused", async () => {
    const old = await nowhere();
    const token = await moved(old);
    const { outputs } = token;
    const other = await another();
    other.removeUser("alice");
    const unknown = {
      ...configured(other.url),
      config: { get: (key: string) => (/url$/.test(key) ? other.url : undefined) },
    };
    const cases: [Context, RegExp][] = [
      [configured(other.url, "bob"), /is not the same Jenkins/],
      [unknown, /no login for it is configured/],
      [configured(other.url, "alice"), /is not the same Jenkins.*401/],
      [configured(await nowhere(), "alice"), /is not the same Jenkins.*connection was refused/],
    ];
    for (const [context, says] of cases) {
      later(token, { ...context, memory: memory() });
      const lines = await printed(() =>
        assert.rejects(token.refresh(), /the connection was refused.*pulumi state delete <urn>/),
      );
      assert.match(lines.join("\n"), says);
      assert.deepEqual(token.outputs, outputs);
    }
    assert.equal(tries(other, outputs["tokenValue"]), 0);
  });

  it("counts as another Jenkins if the user's id differs in case, even if the page shows the uuid", async () => {
    const token = await moved(jenkins.url);
    const other = await startJenkins({ users: [{ id: "Alice", password: "alice-password" }] });
    others.push(other);
    other.tokens("Alice").push(...jenkins.tokens("alice"));
    later(token, configured(other.url));
    await printed(() => token.refresh());
    assert.equal(token.outputs["jenkinsUrl"], jenkins.url);
  });

  it("is not searched at a url that only JENKINS_URL names, because every Jenkins build sets it", async () => {
    const token = await moved(await nowhere());
    const environment = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_PASSWORD: "alice-password" };
    later(token, { config: undefined, environment, memory: memory(), limits: quick });
    await assert.rejects(token.refresh(), /set jenkins:url to its new url and run `pulumi refresh --run-program`/);
    assert.deepEqual(jenkins.log, []);
    assert.throws(
      () => token.preview(program),
      /If Jenkins has moved, set jenkins:url to its new url and run `pulumi refresh/,
    );
  });

  it("causes a replacement without a refresh, with a message about the alternative, once per process", async () => {
    const old = await another();
    const token = await moved(old.url);
    later(token, configured(jenkins.url));
    const lines = await printed(async () => assert.equal(token.preview(program), "replace"));
    assert.deepEqual(await printed(async () => void token.preview(program)), []);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? "",
      /are replaced by tokens of .*, because this url is declared\. .* run `pulumi refresh --run-program` first/,
    );
    assert.deepEqual([old.log, jenkins.log], [[], []]);
  });

  it("causes only one message if the refresh in the same run has not found it", async () => {
    const token = await moved(jenkins.url);
    later(token, configured((await another()).url));
    const lines = await printed(async () => {
      await token.refresh();
      assert.equal(token.preview(program), "replace");
    });
    assert.equal(lines.length, 1);
  });

  it("is found although its url was declared in `connection`, after the url is removed there", async () => {
    const old = await nowhere();
    const token = await moved(old, { ...program, connection: { url: jenkins.url } });
    token.recorded = { id: token.id, outputs: { ...token.outputs, connection: { url: old } } };
    token.inputs = { ...program, connection: { url: old } };
    later(token, configured(jenkins.url));
    const named = { ...program, connection: { url: jenkins.url } };
    const lines = await printed(async () => assert.equal(token.preview(named), "replace"));
    assert.match(lines.join(), /take `url` out of `connection`, set jenkins:url to .* and run `pulumi up`; then/);
    later(token, configured(old));
    assert.equal(await token.up(program), "update");
    later(token, configured(jenkins.url));
    await printed(() => token.refresh());
    assert.equal(await token.up(program), "same");
    assert.equal(await token.up(named), "same");
    assert.deepEqual(jenkins.requests("POST", "generateNewToken"), []);
  });

  it("makes a delete fail with an error that names the remedies", async () => {
    const token = await moved(await nowhere());
    later(token, { ...configured(jenkins.url), urn: "urn:pulumi:dev::shop::jenkins:index:ApiToken::ci" });
    await assert.rejects(token.destroy(), (error: Error) => {
      assert.match(error.message, /the connection was refused/);
      assert.match(error.message, /If it is the same Jenkins as .*, run `pulumi refresh`, and then `pulumi up` again/);
      assert.match(error.message, /`pulumi state delete urn:pulumi:dev::shop::jenkins:index:ApiToken::ci`/);
      return true;
    });
    assert.deepEqual(jenkins.log, []);
  });

  it("makes a delete fail with an error that says how to declare the new url, if none is declared", async () => {
    const old = await nowhere();
    const token = await moved(old);
    later(token, configured(old));
    await assert.rejects(token.destroy(), /set jenkins:url to its new url and run `pulumi refresh --run-program`/);
  });

  it("is not found in a copy from before the last rotation, and the copy gets no value", async () => {
    const rotating = { tokenName: "nightly", rotateEveryDays: 30 };
    const token = await moved(await nowhere(), rotating, rotatingToken);
    const current = token.outputs["current"] as Properties;
    const previous = { ...current, ...jenkins.generate("alice", "nightly of last month") };
    token.recorded = { id: token.id, outputs: { ...token.outputs, previous } };
    jenkins.revoke("alice", String(current["tokenUuid"])); // The copy does not have this token.
    const lines = await printed(async () => assert.rejects(token.refresh()));
    assert.match(lines.join("\n"), /is not the same Jenkins .* its user alice has no such token/);
    assert.deepEqual((token.outputs["current"] as Properties)["tokenUuid"], current["tokenUuid"]);
    assert.deepEqual([tries(jenkins, current["tokenValue"]), tries(jenkins, previous.tokenValue)], [0, 0]);
  });

  it("is mentioned in the failed delete of an imported token, for whose old url there is no login", async () => {
    const token = await moved(await nowhere());
    const { tokenValue, ...outputs } = token.outputs;
    token.recorded = { id: token.id, outputs };
    await assert.rejects(
      token.destroy(),
      /If it is the same Jenkins as .*, run `pulumi refresh`.* `pulumi state delete/,
    );
  });

  it("causes no advice to refresh in the failed delete of a pending record, which has only a name", async () => {
    const old = await nowhere();
    const token = await moved(old);
    const pending = { name: "ci (pulumi 0123456789abcdef)", startedAt: new Date(0).toISOString() };
    const { userId } = token.outputs;
    token.recorded = { id: "pending-0123456789abcdef", outputs: { tokenName: "ci", userId, jenkinsUrl: old, pending } };
    for (const url of [old, jenkins.url]) {
      later(token, configured(url));
      await assert.rejects(token.destroy(), ({ message }: Error) => {
        assert.match(message, /`pulumi state delete/);
        assert.doesNotMatch(message, /pulumi refresh/);
        return true;
      });
    }
  });

  it("is found for both tokens of a rotating token, and neither is forgotten otherwise", async () => {
    const rotating = { tokenName: "nightly", rotateEveryDays: 30 };
    const token = await moved(await nowhere(), rotating, rotatingToken);
    const { outputs } = token;
    later(token, configured(jenkins.url));
    await printed(() => token.refresh());
    assert.deepEqual(token.outputs, { ...outputs, jenkinsUrl: jenkins.url });
    assert.equal(await token.up(rotating), "same");
    token.recorded = { id: token.id, outputs: { ...outputs, jenkinsUrl: await nowhere() } };
    later(token, configured((await another()).url));
    await printed(() => assert.rejects(token.refresh(), /pulumi state delete/));
    await assert.rejects(token.destroy(), /pulumi state delete/);
  });

  it("is found for a legacy token only if it shows the same value", async () => {
    await jenkins.close();
    jenkins = await startJenkins({ version: "2.72" });
    const legacy = { via: "legacy" };
    const token = await moved(await nowhere(), legacy, legacyToken);
    const { outputs } = token;
    later(token, configured(jenkins.url));
    await printed(() => token.refresh());
    assert.deepEqual(token.outputs, { ...outputs, jenkinsUrl: jenkins.url });
    const other = await startJenkins({ version: "2.72" });
    others.push(other);
    later(token, configured(other.url));
    await printed(() => token.refresh());
    assert.deepEqual(token.outputs, { ...outputs, jenkinsUrl: jenkins.url });
    assert.equal(tries(other, outputs["tokenValue"]), 0);
  });
});
