import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { authorities, identity } from "../../../provider/jenkins/certificates.ts";
import { listening, post, unreachable } from "../../support/exchanges.ts";
import {
  certificate,
  clientCertificate,
  clientKey,
  expiredCertificate,
  key,
  weakCertificate,
  weakKey,
} from "../../support/tls.ts";

const oneLine = (text: string, end: string) => text.replaceAll("\n", end);
const base64 = (content: string | Buffer) => Buffer.from(content).toString("base64");
const pem = (text: string) => new X509Certificate(text).toString();
const der = (text: string) => new X509Certificate(text).raw;

describe("A certificate in a setting", () => {
  let folder: string;
  const file = async (name: string, content: string | Buffer) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulumi-jenkins-"));
  });

  after(() => rm(folder, { recursive: true }));

  const forms: [what: string, value: string][] = [
    ["PEM text", certificate],
    ["PEM text without an end of line", certificate.trim()],
    ["PEM text with Windows' line ends", oneLine(certificate, "\r\n")],
    ["PEM text with \\n for its line ends", oneLine(certificate, "\\n")],
    ["PEM text with \\r\\n for its line ends", oneLine(certificate, "\\r\\n")],
    ["PEM text with blanks for its line ends", oneLine(certificate, " ")],
    ["PEM text in quotes", JSON.stringify(certificate)],
    ["PEM text behind a comment", `Issuer: localhost\n${certificate}`],
    ["base64 of PEM", base64(certificate)],
    ["base64 of DER", base64(der(certificate))],
    ["base64 of DER in lines", base64(der(certificate)).replace(/.{64}/g, "$&\n")],
    ["base64 of DER for URLs", der(certificate).toString("base64url")],
  ];
  for (const [what, value] of forms) {
    it(`is read as ${what}, and from a file with that content`, async () => {
      assert.deepEqual(await authorities(value), [pem(certificate)]);
      assert.deepEqual(await authorities(await file("form", value)), [pem(certificate)]);
    });
  }

  it("is read from a file with DER, whose path may have blanks and quotes around it", async () => {
    const path = await file("der", der(certificate));
    for (const spelt of [path, ` ${path}\n`, `"${path}"`]) {
      assert.deepEqual(await authorities(spelt), [pem(certificate)]);
    }
  });

  it("is read from a file whose path has a drive letter, backslashes and blanks", async () => {
    const path = await file("C:\\new certificates\\root ca.pem", certificate); // On Linux, this is one file name.
    for (const spelt of [path, `"${path}"`]) assert.deepEqual(await authorities(spelt), [pem(certificate)]);
  });

  it("may be several certificates, which are all used, and a key beside them is ignored", async () => {
    const bundle = [certificate, expiredCertificate, key].join("\n");
    const both = [pem(certificate), pem(expiredCertificate)];
    for (const value of [bundle, oneLine(bundle, "\\n"), base64(bundle), await file("bundle", bundle)]) {
      assert.deepEqual(await authorities(value), both);
    }
  });

  const damaged = certificate.replace("IBATAK", "IBATAA").replace("MIIB", "MIIC");
  const refused: [what: string, value: string, says: RegExp][] = [
    ["a private key", key, /is a private key, and must be a certificate/],
    ["base64 of a private key", base64(key), /is a private key, and must be a certificate/],
    ["base64 of a private key in DER", base64(derOf(key)), /is a private key, and must be a certificate/],
    ["a damaged certificate", damaged, /is not a certificate, or holds one that is damaged/],
    ["a bundle with a damaged certificate", certificate + damaged, /holds one that is damaged/],
    [
      "a bundle with a certificate without its end",
      certificate.slice(0, 300) + certificate,
      /holds one that is damaged/,
    ],
    ["a certificate without its end", certificate.slice(0, 300), /is not a certificate, or holds/],
    ["beginnings without ends", "-----BEGIN CERTIFICATE-----\n".repeat(150_000), /is not a certificate, or holds/],
    ["some other text", "hunter22-hunter22", /is neither PEM text, nor base64/],
    ["a text with NUL", "hunter22\0", /is neither PEM text, nor base64/],
    ["a very long text", "hunter22 ".repeat(2_000), /is neither PEM text, nor base64/],
    ["a path without a file", "/hunter22/ca.pem", /is neither PEM text.*\(ENOENT\)/],
    ["a device", "/dev/zero", /is the path of something that is not a regular file/],
  ];
  for (const [what, value, says] of refused) {
    it(`is refused, and not shown, if it is ${what}`, async () => isRefused(value, says));
  }

  it("is refused, and not shown, if it is a directory, a FIFO, or an empty, huge or other file", async () => {
    await isRefused(folder, /is a directory: name one file in it/);
    execFileSync("mkfifo", [join(folder, "fifo")]);
    await isRefused(join(folder, "fifo"), /not a regular file/);
    await isRefused(await file("empty", ""), /an empty file/);
    await isRefused(await file("program", "#!/bin/sh\necho hunter22\n"), /is not a certificate/);
    const huge = await file("huge", certificate);
    await truncate(huge, 5 * 1024 * 1024);
    await isRefused(huge, /larger than 4 MiB/);
  });
});

async function isRefused(value: string, says: RegExp): Promise<void> {
  await assert.rejects(authorities(value), (error: Error & { code?: string; property?: string }) => {
    assert.deepEqual([error.code, error.property], ["ERR_JENKINS_SETTINGS", "connection.caCert"]);
    assert.match(error.message, says);
    assert.match(error.message, /^caCert /);
    assert.doesNotMatch(error.message + String(error.cause), /hunter22|MIG|BEGIN|pulumi-jenkins-/);
    return true;
  });
}

function derOf(text: string): Buffer {
  return createPrivateKey(text).export({ type: "pkcs8", format: "der" });
}

describe("A client's certificate and its key", () => {
  const own = createPrivateKey(clientKey);
  const plain = { cert: pem(clientCertificate), key: own.export({ type: "pkcs8", format: "pem" }) };

  it("are read with a key in any form of PEM, DER and base64", async () => {
    const keys = [
      ...[clientKey, oneLine(clientKey, "\\n"), base64(clientKey), base64(derOf(clientKey))],
      ...[own.export({ type: "sec1", format: "pem" }).toString(), base64(own.export({ type: "sec1", format: "der" }))],
      clientCertificate + clientKey,
    ];
    for (const one of keys) assert.deepEqual(await identity({ clientCertificate, clientKey: one }), plain);
  });

  it("may be given with other certificates in any order, and the one of the key is put first", async () => {
    const chain = { clientCertificate: certificate + clientCertificate, clientKey };
    assert.deepEqual(await identity(chain), { ...plain, cert: pem(clientCertificate) + pem(certificate) });
  });

  it("are not used if one of them is missing", async () => {
    assert.equal(await identity({}), undefined);
    assert.equal(await identity({ clientCertificate }), undefined);
  });

  const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const locked = { cipher: "aes-256-cbc", passphrase: "hunter22" };
  const refused: [what: string, key: string, says: RegExp][] = [
    [
      "that of another certificate",
      key,
      /^clientKey \(in the environment JENKINS_CLIENT_KEY\) is not the key of clientCertificate/,
    ],
    [
      "encrypted",
      own.export({ type: "pkcs8", format: "pem", ...locked }).toString(),
      /^clientKey \(in the environment JENKINS_CLIENT_KEY\) is encrypted/,
    ],
    ["encrypted in PKCS #1", rsa.export({ type: "pkcs1", format: "pem", ...locked }).toString(), /is encrypted/],
    [
      "a certificate",
      clientCertificate,
      /^clientKey \(in the environment JENKINS_CLIENT_KEY\) is a certificate, and must be its private key/,
    ],
    ["a certificate in DER", base64(der(clientCertificate)), /is a certificate, and must be its private key/],
    [
      "damaged",
      clientKey.replace(/MIGH/, "MIGA"),
      /^clientKey \(in the environment JENKINS_CLIENT_KEY\) is not a private key/,
    ],
    ["another text", "hunter22", /^clientKey \(in the environment JENKINS_CLIENT_KEY\) is neither PEM text/],
  ];
  for (const [what, clientKey, says] of refused) {
    it(`are refused if the key is ${what}, and no part of it is shown`, async () => {
      await assert.rejects(identity({ clientCertificate, clientKey }), (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_JENKINS_SETTINGS");
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter22|MIG|BEGIN/);
        return true;
      });
    });
  }

  it("are refused before a connection if the key is too short for Node.js, and not by a server", async () => {
    await assert.rejects(identity({ clientCertificate: weakCertificate, clientKey: weakKey }), {
      code: "ERR_JENKINS_SETTINGS",
      message:
        /^clientCertificate \(in the environment JENKINS_CLIENT_CERTIFICATE\) can't be used \(ERR_SSL_EE_KEY_TOO_SMALL\): /,
    });
  });
});

describe("A server's certificate", () => {
  it("that is not for servers is named in the error, with the reason, and nothing is sent", async () => {
    const server = createServer({ cert: clientCertificate, key: clientKey });
    const port = await listening(server);
    const { says, effect } = await unreachable(post(`https://localhost:${port}/`, { caCert: clientCertificate }));
    server.close();
    assert.equal(
      says,
      "the server's TLS certificate, or one above it, can't be used: unsuitable certificate purpose. Have its authority issue another one for this server.",
    );
    assert.equal(effect, "none");
  });
});
