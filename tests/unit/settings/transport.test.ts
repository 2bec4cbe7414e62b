import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { type ConnectionArguments, UNKNOWN } from "../../../provider/properties.ts";
import { resources } from "../../../provider/resources/index.ts";
import { resolveConnection, transportFor } from "../../../provider/settings/connection.ts";
import { memory } from "../../support/process.ts";
import { quick } from "../../support/quick.ts";
import { A, around, B, type Texts, token, variables } from "../../support/surroundings.ts";
import { certificate, key } from "../../support/tls.ts";

const INSECURE = { insecureSkipTlsVerify: true };

describe("A setting about TLS", () => {
  type Row = [what: string, argument: ConnectionArguments, config: Texts, environment: Texts, isApplied: boolean];
  const flags: Row[] = [
    ["of the resource's own connection is applied to its url", { url: A, ...INSECURE }, {}, {}, true],
    ["of the resource's own connection is applied to a url of the config", INSECURE, { url: A }, {}, true],
    ["of the resource's own connection is applied to a url of the environment", INSECURE, {}, { url: A }, true],
    [
      "of the config is applied to the url of the config",
      {},
      { url: `${A}/`, insecureSkipTlsVerify: "true" },
      {},
      true,
    ],
    [
      "of the config is applied to its url, which the connection names, too",
      { url: A },
      { url: A, insecureSkipTlsVerify: "true" },
      {},
      true,
    ],
    [
      "of the config is not applied to another url of the connection",
      { url: A },
      { url: B, insecureSkipTlsVerify: "true" },
      {},
      false,
    ],
    [
      "of a config without a url is not applied to the url of the environment",
      {},
      { insecureSkipTlsVerify: "true" },
      { url: A },
      false,
    ],
    [
      "of a config without a url is not applied to the url of the connection",
      { url: A },
      { insecureSkipTlsVerify: "true" },
      {},
      false,
    ],
    [
      "of a config with an invalid url is not applied to the url of the connection",
      { url: A },
      { url: "none", insecureSkipTlsVerify: "true" },
      {},
      false,
    ],
  ];
  for (const [what, argument, config, environment, isApplied] of flags) {
    it(`insecureSkipTlsVerify ${what}`, () => {
      const surroundings = around(config, variables(environment));
      const { transport, url } = resolveConnection({ ...token, ...argument }, surroundings);
      assert.equal(url, A);
      assert.equal(transport.insecureSkipTlsVerify, isApplied ? true : undefined);
      const kept = transportFor({ jenkinsUrl: A, connection: argument }, surroundings);
      assert.equal(kept.insecureSkipTlsVerify, isApplied ? true : undefined);
    });
  }

  it("insecureSkipTlsVerify of a connection with another url is not applied in read and delete", () => {
    const state = { jenkinsUrl: A, connection: { url: B, ...INSECURE, caCert: "/b.pem" } };
    const { insecureSkipTlsVerify, caCert } = transportFor(state, around({}));
    assert.deepEqual([insecureSkipTlsVerify, caCert], [undefined, undefined]);
  });

  it("insecureSkipTlsVerify that is false or unknown may come from any source", () => {
    const config = { insecureSkipTlsVerify: "false" };
    assert.equal(transportFor({ jenkinsUrl: A }, around(config, { JENKINS_URL: A })).insecureSkipTlsVerify, false);
    const unknown = { insecureSkipTlsVerify: UNKNOWN as never };
    assert.equal(transportFor({ jenkinsUrl: A, connection: unknown }, around({})).insecureSkipTlsVerify, undefined);
  });

  it("caCert of a source without a url is applied to any url, and that of a source with another url is not", () => {
    const environment = { JENKINS_CA_CERT: "/env.pem" };
    assert.equal(transportFor({ jenkinsUrl: A }, around({ url: A }, environment)).caCert, "/env.pem");
    assert.equal(
      transportFor({ jenkinsUrl: A }, around({ url: A }, { ...environment, JENKINS_URL: B })).caCert,
      undefined,
    );
    assert.equal(transportFor({ jenkinsUrl: A }, around({ url: B, caCert: "/b.pem" }, environment)).caCert, "/env.pem");
  });

  it("does not change the limits, which come from any source", () => {
    const { requestTimeoutSeconds } = transportFor({ jenkinsUrl: A }, around({ url: B, requestTimeoutSeconds: "3" }));
    assert.equal(requestTimeoutSeconds, 3);
  });
});

describe("A server with a certificate of an unknown authority", () => {
  let asked = 0;
  const server = createServer({ cert: certificate, key }, (_, response) => {
    asked++;
    response.writeHead(404).end();
  });
  let url: string;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const operation of ["create", "read", "delete"] as const) {
    it(`gets no login by ${operation} if only a config without its url skips the check`, async () => {
      const state = {
        tokenUuid: "u",
        tokenName: "ci",
        userId: "alice",
        jenkinsUrl: url,
        tokenValue: `11${"0".repeat(32)}`,
      };
      const config = around({ insecureSkipTlsVerify: "true" }).config;
      const environment = variables({ url, ...token });
      const run = async (context: Parameters<typeof resources.ApiToken.create>[1]): Promise<unknown> => {
        if (operation === "create") return await resources.ApiToken.create({ tokenName: "ci" }, context);
        return await resources.ApiToken[operation === "read" ? "read" : "remove"]("u", state, context);
      };
      asked = 0;
      await assert.rejects(run({ config, environment, memory: memory() }), /not signed by an authority/);
      assert.equal(asked, 0);
      const own = around({ url, insecureSkipTlsVerify: "true" }).config;
      await assert.rejects(run({ config: own, environment, memory: memory(), limits: quick }), /answered 404/);
      assert.ok(asked > 0);
    });
  }
});
