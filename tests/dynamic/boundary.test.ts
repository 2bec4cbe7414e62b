import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Host, PROVIDER, type Properties, startHost, UNKNOWN } from "../support/host.ts";

const NOWHERE = "http://127.0.0.1:1";

describe("In Pulumi's dynamic host", () => {
  let jenkins: Jenkins;
  let host: Host;
  let login: { username: string; apiToken: string };
  let madeByHand: { tokenUuid: string };

  before(async () => {
    jenkins = await startJenkins();
    login = { username: "alice", apiToken: jenkins.generate("alice", "of the provider").tokenValue };
    madeByHand = jenkins.generate("alice", "by hand");
    host = await startHost({ JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: login.apiToken });
  });

  after(async () => {
    await host.end();
    await jenkins.close();
  });

  it("a token is checked, created, compared, read, renamed and revoked", async () => {
    const { inputs, failures } = await host.check({}, { autoName: "shop/dev/ci", __provider: PROVIDER });
    assert.deepEqual(failures, []);

    const { id, outs } = await host.create(inputs);
    assert.match(String(outs["tokenName"]), /^shop\/dev\/ci-[0-9a-f]{8}$/);
    assert.equal(nameInJenkins(id), outs["tokenName"]);
    assert.deepEqual(await host.diff(id, outs, inputs), { changes: "none", replaces: [] });
    assert.deepEqual(await host.read(id, outs), { id, outs });

    const renamed = { tokenName: "deploy", __provider: PROVIDER };
    assert.deepEqual(await host.diff(id, outs, renamed), { changes: "some", replaces: [] });
    const state = await host.update(id, outs, renamed);
    assert.equal(nameInJenkins(id), "deploy");
    assert.equal(state["tokenValue"], outs["tokenValue"]);
    assert.deepEqual(await host.diff(id, state, renamed), { changes: "none", replaces: [] });

    await host.delete(id, state);
    assert.equal(nameInJenkins(id), undefined);
    assert.deepEqual(await host.read(id, state), { id: "", outs: { __provider: PROVIDER } });
    await host.delete(id, state);
  });

  it("a token with a declared value is created, recreated after a revoke, and replaced for another value", async () => {
    const declared = { tokenName: "fixed", fixedValue: `11${"0f".repeat(16)}`, __provider: PROVIDER };
    const { inputs, failures } = await host.check({}, declared);
    assert.deepEqual([inputs, failures], [declared, []]);
    const { id, outs } = await host.create(inputs);
    assert.deepEqual([nameInJenkins(id), outs["tokenValue"]], ["fixed", declared.fixedValue]);
    assert.deepEqual(await host.diff(id, outs, inputs), { changes: "none", replaces: [] });
    const other = { ...inputs, fixedValue: `11${"f0".repeat(16)}` };
    assert.deepEqual(await host.diff(id, outs, other), { changes: "some", replaces: ["fixedValue"] });
    await host.delete(id, outs);
    assert.equal((await host.read(id, outs)).id, "");
    const again = await host.create(inputs);
    assert.deepEqual([again.outs["tokenValue"], again.id === id], [declared.fixedValue, false]);
    await host.delete(again.id, again.outs);
  });

  it("check keeps a random name from the check of 0.1.0", async () => {
    const inputs = { autoName: "shop/dev/ci", tokenName: "shop/dev/ci-0badcafe", __provider: PROVIDER };
    const again = await host.check(inputs, { autoName: "shop/dev/ci", __provider: PROVIDER });
    assert.deepEqual(again.inputs, inputs);
  });

  it("every operation returns the same state, in the clear, without secrets of the connection", async () => {
    const connection = { url: jenkins.url, ...login, requestTimeoutSeconds: 20 };
    const declared = {
      connection,
      tokenName: "plain",
      triggers: { release: "1" },
      user: "alice",
      __provider: PROVIDER,
    };
    const { inputs } = await host.check({}, declared);
    assert.deepEqual(inputs, declared);

    const { id, outs } = await host.create(inputs);
    const { createdAt, tokenValue, ...rest } = outs;
    assert.deepEqual(rest, {
      ...declared,
      connection: { url: jenkins.url, username: "alice", requestTimeoutSeconds: 20 },
      tokenUuid: id,
      userId: "alice",
      jenkinsUrl: jenkins.url,
    });
    assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.match(String(tokenValue), /^11[0-9a-f]{32}$/);
    assert.deepEqual((await host.read(id, outs)).outs, outs);
    assert.deepEqual(await host.update(id, outs, inputs), outs);
  });

  it("a lookup reads a token without its value", async () => {
    const { tokenUuid } = madeByHand;
    const found = await host.read(tokenUuid, { user: "alice", __provider: PROVIDER });
    const outs = { tokenUuid, tokenName: "by hand", user: "alice", userId: "alice", jenkinsUrl: jenkins.url };
    assert.deepEqual(found, { id: tokenUuid, outs: { ...outs, __provider: PROVIDER } });
  });

  it("check and diff accept unknown values in every place", async () => {
    const connection = {
      url: jenkins.url,
      ...login,
      caCert: "/authority.pem",
      insecureSkipTlsVerify: false,
      requestTimeoutSeconds: 20,
      waitForReadySeconds: 0,
    };
    const declared = { connection, user: "alice", tokenName: "a", triggers: { release: "1" }, __provider: PROVIDER };
    const state = { ...declared, tokenUuid: "u", tokenValue: "v", userId: "alice", jenkinsUrl: jenkins.url };
    for (const [path, news] of withOneUnknown({ ...declared, autoName: "shop/dev/ci" })) {
      assert.deepEqual((await host.check({}, news)).failures, [], path);
      await assert.doesNotReject(host.diff("u", state, news), path);
    }
    const { password, ...byPassword } = { ...connection, apiToken: undefined, password: UNKNOWN };
    const news = { ...declared, connection: { ...JSON.parse(JSON.stringify(byPassword)), password } };
    assert.deepEqual((await host.check({}, news)).failures, []);
  });

  it("check reports wrong inputs with the name of the property and without secrets", async () => {
    const connection = { url: `http://alice:hunter22@127.0.0.1`, password: "hunter22", apiTokne: "hunter22" };
    const news = {
      connection,
      tokenName: " ",
      user: 7,
      triggers: "hunter22",
      pasword: "hunter22",
      __provider: PROVIDER,
    };
    const { failures } = await host.check({}, news);
    const named = new Set(failures.map(({ property }) => property));
    assert.deepEqual(named, new Set(["", "tokenName", "user"]));
    for (const word of ["apiTokne", "pasword", "triggers"]) assert.match(JSON.stringify(failures), new RegExp(word));
    assert.doesNotMatch(JSON.stringify(failures) + host.printed, /hunter22/);

    const withLogin = { tokenName: "a", connection: { url: connection.url, ...login }, __provider: PROVIDER };
    const elsewhere = await host.check({}, withLogin);
    assert.deepEqual(
      elsewhere.failures.map(({ property }) => property),
      [""],
    );
    assert.doesNotMatch(JSON.stringify(elsewhere.failures) + host.printed, /hunter22/);
  });

  function nameInJenkins(id: string): string | undefined {
    return jenkins.tokens("alice").find(({ tokenUuid }) => tokenUuid === id)?.tokenName;
  }
});

describe("The stack config of Pulumi's dynamic host", () => {
  it("applies to first calls that run at the same time", async () => {
    const jenkins = await startJenkins();
    const host = await startHost(
      {},
      {
        "jenkins:url": jenkins.url,
        "jenkins:username": "bob",
        "jenkins:password": "bob-password",
        "shop:url": NOWHERE,
      },
    );
    try {
      const names = ["one", "two", "three", "four"];
      const made = await Promise.all(names.map((tokenName) => host.create({ tokenName, __provider: PROVIDER })));
      assert.deepEqual(
        new Set(jenkins.tokens("bob").map(({ tokenUuid }) => tokenUuid)),
        new Set(made.map(({ id }) => id)),
      );
    } finally {
      await host.end();
      await jenkins.close();
    }
  });
});

/** Copies of `inputs`, each with one unknown part, and the path of that part. */
function withOneUnknown(inputs: Properties): [path: string, inputs: Properties][] {
  return Object.entries(inputs)
    .filter(([key]) => key !== "__provider")
    .flatMap(([key, value]): [string, Properties][] => {
      const parts = typeof value === "object" ? withOneUnknown(value as Properties) : [];
      return [
        [key, { ...inputs, [key]: UNKNOWN }],
        ...parts.map(([path, part]): [string, Properties] => [`${key}.${path}`, { ...inputs, [key]: part }]),
      ];
    });
}
