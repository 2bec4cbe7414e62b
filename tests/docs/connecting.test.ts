import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parse } from "yaml";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import { command } from "../support/command.ts";
import { startGateway } from "../support/gateway.ts";
import { signsIn } from "../support/login.ts";
import { inTheClear, playEngine, withoutSecrets } from "../support/mocks.ts";
import { certificate } from "../support/tls.ts";
import { blocksOf, ROOT } from "./blocks.ts";
import { containerOf, mount } from "./pod.ts";

const PATH = "docs/connecting.md";
const SERVICE = "http://jenkins.ci.svc.cluster.local:8080";
const FORWARDED = "http://127.0.0.1:8080";

const [, section = ""] = readFileSync(join(ROOT, PATH), "utf8").split("\n## Jenkins in Kubernetes\n");
const blocks = blocksOf({ path: PATH, text: section.split("\n## ")[0] ?? "" });

function textIn(language: string): string {
  const [block, ...others] = blocks.filter((one) => one.language === language);
  assert.ok(block && others.length === 0, language);
  return block.text;
}

/** Resolves the names of Services to this machine, like the DNS of a cluster. */
const CLUSTER_DNS = `import dns from "node:dns"; const { lookup } = dns;
  dns.lookup = (name, ...rest) => lookup(name.replace(/^.*[.]svc[.]cluster[.]local$/, "127.0.0.1"), ...rest);`;
const IN_CLUSTER = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CLUSTER_DNS)}` };

/** The calls of kubectl. */
const CALLS = [
  "--namespace ci port-forward service/jenkins 8080:8080",
  "--namespace ci get secret jenkins --output jsonpath={.data.jenkins-admin-password}",
];

/** Nobody listens there. */
const PROXY = { HTTP_PROXY: "http://127.0.0.1:9" };

describe(`${PATH} shows for Jenkins in Kubernetes`, () => {
  let jenkins: Jenkins;
  let folder: string;
  let token: string;

  beforeEach(async () => {
    jenkins = await startJenkins({ users: [{ id: "deploy", password: "deploy-password", administrator: true }] });
    token = jenkins.generate("deploy", "first").tokenValue;
    folder = mkdtempSync(join(tmpdir(), "pulumi-jenkins-pod-"));
  });

  afterEach(async () => {
    await jenkins.close();
    rmSync(folder, { recursive: true });
  });

  /** The container of the YAML. The values of its Secret end in a line break, as those of `--from-file` do. */
  function container() {
    const objects = {
      "jenkins-login": { user: "deploy\n", token: `${token}\n` },
      "company-ca": { "ca.pem": `${certificate}\n` },
    };
    const { command: line, environment } = containerOf(parse(textIn("yaml")), objects, folder);
    assert.deepEqual([line.slice(0, 2), environment["JENKINS_URL"]], [["npx", "pulumi-jenkins"], SERVICE]);
    return { args: line.slice(2), environment };
  }

  it("a pod that reaches the Service without the forward proxy, and logs in with a Secret", async () => {
    const { args, environment } = container();
    const { port } = new URL(jenkins.url);
    const JENKINS_URL = SERVICE.replace("8080", port);
    const around = { environment: { ...environment, ...IN_CLUSTER, ...PROXY, JENKINS_URL } };
    const { code, said } = await command(args, around);
    assert.equal(code, 0, said);
    assert.match(said, /logged in +as deploy\n/);
    assert.match(said, /none: NO_PROXY excludes this url by "\.svc\.cluster\.local"/);
    assert.ok(jenkins.log.every(({ headers }) => headers.host === `jenkins.ci.svc.cluster.local:${port}`));
  });

  it("a pod that trusts the mounted authority for an https URL, and fails without it", async () => {
    const gateway = await startGateway(jenkins.url, {});
    try {
      const { args, environment } = container();
      const around = { environment: { ...environment, JENKINS_URL: gateway.url } };
      const { code, said } = await command(args, around);
      assert.equal(code, 0, said);
      assert.match(said, /trusting JENKINS_CA_CERT/);
      const without = { environment: { ...around.environment, JENKINS_CA_CERT: "" } };
      assert.equal((await command(args, without)).code, 1);
    } finally {
      await gateway.close();
    }
  });

  it("a program that logs in with a mounted file, and registers the file only as a secret", async () => {
    mount({ token: `${token}\n` }, folder);
    pulumi.runtime.setAllConfig({});
    const asked = await playEngine(jenkins);
    const program = join(folder, "index.mts");
    const text = textIn("ts").replace("/run/secrets/jenkins", folder).replace(SERVICE, jenkins.url);
    assert.ok(text.includes(`"${folder}/token"`) && text.includes(`"${jenkins.url}"`));
    writeFileSync(program, text);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await import(pathToFileURL(program).href);
    await pulumi.runtime.disconnect(); // Waits for all registrations.
    const [{ inputs } = { inputs: {} }] = asked;
    assert.equal(JSON.stringify(inTheClear(inputs)).includes(token), true);
    assert.ok(!JSON.stringify(withoutSecrets(inputs)).includes(token));
    const [, made] = jenkins.tokens("deploy");
    assert.match(made?.tokenName ?? "", /^shop\/dev\/ci-/);
  });

  it("commands that forward a port, and log in with the password of the Helm chart", async () => {
    const calls = join(folder, "calls");
    const kubectl = `#!/bin/sh\necho "$*" >> ${calls}\ncase "$*" in *secret*) printf %s "$PASSWORD";; esac\n`;
    writeFileSync(join(folder, "kubectl"), kubectl, { mode: 0o755 });
    jenkins.addUser({ id: "admin", password: "the first one" });
    const lines = `${textIn("sh")}wait\nprintf '%s\\n' "$JENKINS_URL" "$JENKINS_USER_ID" "$JENKINS_PASSWORD"`;
    const PASSWORD = Buffer.from("the first one").toString("base64");
    const env = { PATH: folder + delimiter + process.env["PATH"], PASSWORD };
    const { stdout } = await promisify(execFile)("sh", ["-ec", lines], { env });
    assert.deepEqual(new Set(readFileSync(calls, "utf8").trim().split("\n")), new Set(CALLS));
    const [url, id, password] = stdout.split("\n");
    assert.deepEqual([url, id], [FORWARDED, "admin"]);
    assert.ok(await signsIn(jenkins, id, password));
  });
});
