import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path/posix";
import { after, before, describe, it } from "mocha";
import { resources } from "../../provider/resources/index.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { type Host, type Properties, startHost } from "../support/host.ts";
import { memory } from "../support/process.ts";

interface Recorded {
  id: string;
  inputs: Properties;
  outputs: Properties;
}

const folder = new URL("../fixtures/states/", import.meta.url);
const URL_OF_FIXTURES = "http://jenkins.example.com";
const VALUE_OF_FIXTURES = `11${"0".repeat(32)}`;

const environment = {
  JENKINS_URL: URL_OF_FIXTURES,
  JENKINS_USER_ID: "alice",
  JENKINS_API_TOKEN: VALUE_OF_FIXTURES,
};
const states = globSync("*/*.json", { cwd: folder }).sort();
const versions = [...new Set(states.map((path) => dirname(path)))];
const newest = versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);

describe("A state of an earlier version", () => {
  let host: Host;

  before(async () => {
    host = await startHost(environment);
  });

  after(() => host.end());

  it("exists", () => {
    assert.ok(states.length > 0);
  });

  for (const path of states) {
    const { id, inputs, outputs } = recorded(path);

    it(`has the same inputs after check of the same program: ${path}`, async () => {
      const { tokenName, ...rest } = inputs;
      const declared = "autoName" in inputs ? rest : inputs;
      assert.deepEqual(await host.check(inputs, declared), { inputs, failures: [] });
    });

    if ("pending" in outputs) {
      it(`is replaced, because it is a pending record: ${path}`, async () => {
        assert.deepEqual(diff(id, outputs, inputs), { changes: true, replaces: ["pending"] });
        assert.deepEqual(await host.diff(id, outputs, inputs), { changes: "some", replaces: ["pending"] });
        assert.deepEqual(await host.read(id, outputs), { id, outs: outputs });
      });
    } else {
      it(`causes no change: ${path}`, async () => {
        assert.deepEqual(diff(id, outputs, inputs), { changes: false, replaces: [] });
        assert.deepEqual(await host.diff(id, outputs, inputs), { changes: "none", replaces: [] });
      });
    }
  }
});

describe(`A state of the present version, compared with version ${newest},`, () => {
  let jenkins: Jenkins;
  let apiToken: string;

  before(async () => {
    jenkins = await startJenkins();
    apiToken = jenkins.generate("alice", "to log in with").tokenValue;
  });

  after(() => jenkins.close());

  for (const path of states.filter((path) => dirname(path) === newest && !path.endsWith("/pending.json"))) {
    it(`has the same properties: ${path}`, async () => {
      const { inputs, outputs } = recorded(path);
      const { connection, ...declared } = inputs;
      const url = { ...(connection as Properties), url: jenkins.url, apiToken };
      const here = { ...declared, ...(connection ? { connection: url } : {}) };
      const login = { JENKINS_URL: jenkins.url, JENKINS_USER_ID: "alice", JENKINS_API_TOKEN: apiToken };
      const { outs } = await resources.ApiToken.create(here, {
        config: undefined,
        environment: login,
        memory: memory(),
      });
      const { __provider, ...kept } = outputs; // The host adds it.
      assert.deepEqual(shapeOf(outs), shapeOf(kept));
    });
  }
});

function recorded(path: string): Recorded {
  return JSON.parse(readFileSync(new URL(path, folder), "utf8"));
}

function diff(id: string, outputs: Properties, inputs: Properties): unknown {
  const { changes, replaces } = resources.ApiToken.diff(id, outputs, inputs, {
    config: undefined,
    environment,
    memory: memory(),
  });
  return { changes, replaces };
}

/** Names and types, without the values. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}
