import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, it } from "mocha";
import { RotatingJenkinsApiToken } from "../../sdk/index.ts";
import { RotatingJenkinsApiToken as Native } from "../../sdk/native.ts";
import type { Properties } from "../support/host.ts";
import { type Registration, recordRegistrations, secret } from "../support/mocks.ts";

/** A second copy of the text, which must never change. */
const PROVIDER = 'exports.handler=()=>require("pulumi-jenkins/provider/rotating")';

const args = { rotateEveryDays: 30, user: pulumi.output("bob"), triggers: { leak: Promise.resolve("1") } };
const declared = { rotateEveryDays: 30, user: "bob", triggers: { leak: "1" } };

describe("A RotatingJenkinsApiToken", () => {
  let registrations: Registration[];

  beforeEach(async () => {
    registrations = await recordRegistrations();
  });

  async function registrationOf(token: pulumi.CustomResource): Promise<Registration & { object: Properties }> {
    await new Promise((resolve) => token.urn.apply(resolve));
    return registrations.at(-1) as never;
  }

  it("registers a dynamic resource with a text that must never change", async () => {
    const { type, object, additionalsecretoutputsList } = await registrationOf(new RotatingJenkinsApiToken("ci", args));
    assert.equal(type, "pulumi-nodejs:dynamic/jenkins:RotatingApiToken");
    assert.deepEqual(object, { ...declared, autoName: "shop/dev/ci", __provider: PROVIDER });
    assert.deepEqual(additionalsecretoutputsList, ["current", "previous"]);
  });

  it("registers a resource of the plugin with an alias of the dynamic one", async () => {
    const { type, object, aliasesList } = await registrationOf(new Native("ci", args));
    assert.equal(type, "jenkins:index:RotatingApiToken");
    assert.deepEqual(object, declared);
    assert.match(JSON.stringify(aliasesList), /pulumi-nodejs:dynamic\/jenkins:RotatingApiToken/);
  });

  it("marks a secret of the credentials as secret", async () => {
    const connection = { username: "alice", password: "in the clear" };
    for (const Class of [RotatingJenkinsApiToken, Native]) {
      const { object } = await registrationOf(new Class("ci", { rotateEveryDays: 1, connection }));
      assert.deepEqual(object["connection"], { username: "alice", password: secret("in the clear") });
    }
  });

  it("has secret tokens and a secret header", async () => {
    for (const Class of [RotatingJenkinsApiToken, Native]) {
      const token = new Class("ci", args);
      for (const output of [token.current, token.previous, token.authorization] as pulumi.Output<unknown>[]) {
        assert.equal(await pulumi.isSecret(output), true);
      }
    }
  });

  it("is recognised by isInstance only of its own class", () => {
    const [one, other] = [new RotatingJenkinsApiToken("ci", args), new Native("ci", args)];
    assert.ok(RotatingJenkinsApiToken.isInstance(one) && Native.isInstance(other));
    assert.ok(!RotatingJenkinsApiToken.isInstance(other) && !Native.isInstance(undefined));
  });
});
