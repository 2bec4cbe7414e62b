import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { command } from "../support/command.ts";
import { entry, Fleet, PASSWORDS } from "../support/fleet.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { certificate } from "../support/tls.ts";

describe("pulumi-jenkins doctor, about TLS of a controllers file,", () => {
  let fleet: Fleet;
  let gateway: Gateway;

  beforeEach(async () => {
    fleet = new Fleet();
    const [jenkins] = await fleet.start(1);
    assert.ok(jenkins);
    gateway = await startGateway(jenkins.url, {});
    writeFileSync(join(fleet.folder, "ca.pem"), certificate);
    writeFileSync(join(fleet.folder, "wrong.pem"), "not a certificate");
  });

  afterEach(async () => {
    await gateway.close();
    await fleet.end();
  });

  /** The exit code and the finding about TLS. */
  async function examined(more: object, environment: Record<string, string> = {}): Promise<[number | null, string]> {
    const file = fleet.file([{ ...entry(gateway.url, "alice"), ...more }]);
    const around = { environment: { ...PASSWORDS, ...environment } };
    const { code, said } = await command(["doctor", "--json", "--controllers", file], around);
    const { findings } = JSON.parse(said).controllers[0] as { findings: Record<string, string>[] };
    const { result, says } = findings.find(({ about }) => about === "TLS") ?? {};
    return [code, `${result}: ${says}`];
  }

  it("trusts a caCert from a file, and names the line that names it", async () => {
    const trusted = "ok: trusting the caCert of line 1 of controllers.jsonl";
    assert.deepEqual(await examined({ caCert: { file: "ca.pem" } }), [0, trusted]);
    assert.deepEqual(await examined({ caCert: { variable: "CA" } }, { CA: join(fleet.folder, "ca.pem") }), [
      0,
      trusted,
    ]);
  });

  it("names JENKINS_CA_CERT if the line has no caCert", async () => {
    const path = join(fleet.folder, "ca.pem");
    assert.deepEqual(await examined({}, { JENKINS_CA_CERT: path }), [0, "ok: trusting JENKINS_CA_CERT"]);
  });

  it("fails for a file without a certificate, and names both places of a caCert", async () => {
    const [code, says] = await examined({ caCert: { file: "wrong.pem" } });
    assert.equal(code, 1);
    assert.match(says, /^FAIL: .*caCert \(JENKINS_CA_CERT, or caCert in the file of --controllers\) is neither PEM /);
  });
});
