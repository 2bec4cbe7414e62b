/**
 * Reads the configured certificates and the key: as text, as base64, or from a file. No message shows a part of them. Messages do not show the
 * path either, because what looks like a path may be a mistyped key.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { SettingsError } from "../errors.ts";
import { CONNECTION } from "../properties.ts";
import type { Transport } from "./http.ts";

type Setting = "caCert" | "clientCertificate" | "clientKey";

/** The client certificate and its key. */
export interface Identity {
  cert: string;
  key: string;
}

const LARGEST_FILE_BYTES = 4 * 1024 * 1024; // The authorities of a whole operating system take 250 KB.
/** A block ends before the next one begins. Otherwise a file of beginnings without ends would take minutes. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----BEGIN )[\s\S])*?)-----END \1-----/g;
const CERTIFICATES = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

/** The TLS options of Node.js for the configured certificates. */
export async function secureContext(transport: Transport): Promise<{ ca?: string[] } & Partial<Identity>> {
  const { caCert } = transport;
  return { ...(caCert && { ca: await authorities(caCert) }), ...(await identity(transport)) };
}

/** The authorities to trust. A text without a certificate is refused, because Node.js would accept it and then trust no authority. */
export async function authorities(caCert: string): Promise<string[]> {
  return certificatesIn("caCert", await contentOf("caCert", caCert));
}

/** The client certificate with its chain, and its key. */
export async function identity({ clientCertificate, clientKey }: Transport): Promise<Identity | undefined> {
  if (!clientCertificate || !clientKey) return undefined;
  const chain = certificatesIn("clientCertificate", await contentOf("clientCertificate", clientCertificate));
  const key = keyIn(await contentOf("clientKey", clientKey));
  const own = chain.find((certificate) => new X509Certificate(certificate).checkPrivateKey(key));
  if (!own) throw wrong("clientKey", "is not the key of clientCertificate");
  const others = chain.filter((certificate) => certificate !== own);
  return usable({ cert: [own, ...others].join(""), key: key.export({ type: "pkcs8", format: "pem" }).toString() });
}

/** Refuses what Node.js would refuse only at a connection, with an error that looks like a failure of the server. */
function usable(identity: Identity): Identity {
  try {
    createSecureContext(identity);
    return identity;
  } catch (error) {
    const { code } = error as { code?: string };
    const reason = `can't be used (${code ?? "unknown reason"}): have its authority issue another one, with a longer key and a newer signature`;
    throw wrong("clientCertificate", reason);
  }
}

function certificatesIn(setting: Setting, content: Buffer): string[] {
  const certificates = blocksIn(content).filter(({ label }) => CERTIFICATES.includes(label));
  const begun = content.toString("latin1").match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g)?.length ?? 0;
  if (begun > certificates.length) throw damaged(setting);
  if (certificates.length > 0) return certificates.map(({ body }) => certificateOf(setting, body));
  if (isKey(content)) throw wrong(setting, "is a private key, and must be a certificate");
  return [certificateOf(setting, content)];
}

function certificateOf(setting: Setting, der: Buffer): string {
  try {
    return new X509Certificate(der).toString();
  } catch {
    throw damaged(setting);
  }
}

function keyIn(content: Buffer): KeyObject {
  const text = content.toString("latin1");
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type:\s*4,\s*ENCRYPTED/.test(text)) {
    throw wrong("clientKey", "is encrypted: decrypt it, for instance with `openssl pkey`, and keep the result secret");
  }
  const key = keyOf(content);
  if (key) return key;
  const isCertificate =
    blocksIn(content).some(({ label }) => CERTIFICATES.includes(label)) || isDerCertificate(content);
  throw wrong("clientKey", isCertificate ? "is a certificate, and must be its private key" : "is not a private key");
}

function keyOf(content: Buffer): KeyObject | undefined {
  const pem = blocksIn(content).find(({ label }) => label.endsWith("PRIVATE KEY"));
  const der = pem?.body ?? content;
  for (const type of ["pkcs8", "sec1", "pkcs1"] as const) {
    try {
      return createPrivateKey({ key: der, format: "der", type });
    } catch {} // It may be of another type.
  }
  return undefined;
}

function isKey(content: Buffer): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(content.toString("latin1")) || keyOf(content) !== undefined;
}

function isDerCertificate(content: Buffer): boolean {
  try {
    return new X509Certificate(content).raw.equals(content);
  } catch {
    return false;
  }
}

/** The blocks of a PEM text. Its lines may be joined, as in an environment variable of one line. */
function blocksIn(content: Buffer): { label: string; body: Buffer }[] {
  const text = content.toString("latin1").replace(/\\r|\\n/g, "\n");
  return [...text.matchAll(BLOCK)].map(([, label = "", body = ""]) => ({ label, body: Buffer.from(body, "base64") }));
}

/** The content of a setting, in PEM or DER. */
async function contentOf(setting: Setting, value: string): Promise<Buffer> {
  if (value.includes("-----BEGIN")) return Buffer.from(value, "latin1");
  return decoded(value) ?? (await contentOfFile(setting, value.trim().replace(/^(["'])(.*)\1$/s, "$2")));
}

async function contentOfFile(setting: Setting, path: string): Promise<Buffer> {
  const isMissing = (error: { code?: string }) => wrong(setting, `${NEITHER} (${error.code ?? "not readable"})`);
  // Checked before the file is opened, because opening a FIFO waits for a writer.
  const file = await stat(path).catch((error) => Promise.reject(isMissing(error)));
  if (file.isDirectory()) throw wrong(setting, "is a directory: name one file in it");
  if (!file.isFile()) throw wrong(setting, "is the path of something that is not a regular file");
  if (file.size === 0) throw wrong(setting, "is the path of an empty file");
  if (file.size > LARGEST_FILE_BYTES) throw wrong(setting, "is the path of a file that is larger than 4 MiB");
  const content = await readFile(path).catch((error) => Promise.reject(isMissing(error)));
  return decoded(content.toString("latin1")) ?? content;
}

const NEITHER = "is neither PEM text, nor base64 of a certificate or key, nor the path of a file that can be read";

/** Decodes base64. Undefined if `text` is not the base64 of PEM or DER. */
function decoded(text: string): Buffer | undefined {
  const digits = text.replace(/\\[rn]|[\s"']/g, "");
  if (digits.length < 64 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(digits)) return undefined;
  const bytes = Buffer.from(digits, "base64");
  return bytes.includes("-----BEGIN") || isDer(bytes) ? bytes : undefined;
}

/** Whether `bytes` may be a certificate or a key in DER: one sequence that has exactly their length. */
function isDer(bytes: Buffer): boolean {
  const [tag, first = 0] = bytes;
  if (tag !== 0x30) return false;
  if (first < 0x80) return bytes.length === 2 + first;
  const digits = first - 0x80;
  if (digits < 1 || digits > 3 || bytes.length < 2 + digits) return false;
  return bytes.length === 2 + digits + bytes.readUIntBE(2, digits);
}

function damaged(setting: Setting): SettingsError {
  return wrong(setting, "is not a certificate, or holds one that is damaged");
}

function wrong(setting: Setting, what: string): SettingsError {
  return new SettingsError(
    `connection.${setting}`,
    `${setting} (in the environment ${CONNECTION[setting].environment[0]}) ${what}`,
  );
}
