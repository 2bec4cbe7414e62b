/** Reads the body of a reply as text, decompressed and limited in size. */
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type * as Undici from "undici";

/** A page with about 18,000 tokens has this size. */
export const LARGEST_REPLY_BYTES = 64 * 1024 * 1024;

export class TooLarge extends Error {}

/** The compression of the body is not supported, or is not the one that the headers name. */
export class Unreadable extends Error {}

const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);
const gunzip = promisify(zlib.gunzip);
const zstdDecompress = promisify(zlib.zstdDecompress);

type Unpack = (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** By their names in `Content-Encoding`. Requests ask for gzip only, but some proxies choose another compression. */
const UNPACKERS: Record<string, Unpack> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  br: promisify(zlib.brotliDecompress),
  zstd: (packed, { maxOutputLength }) => zstdDecompress(packed, { maxOutputLength }),
  // Some servers leave out the zlib header.
  deflate: (packed, options) => (isWithHeader(packed) ? inflate : inflateRaw)(packed, options),
};

function isWithHeader(packed: Buffer): boolean {
  return ((packed[0] ?? 0) & 0x0f) === 8 && packed.length > 1 && packed.readUInt16BE(0) % 31 === 0;
}

/**
 * @throws {TooLarge} if the decompressed body is larger than any page of Jenkins.
 * @throws {Unreadable} if the body can't be decompressed.
 */
export async function readBody({ body, headers }: Undici.Dispatcher.ResponseData): Promise<string> {
  const names = [headers["content-encoding"] ?? ""].flat().join().toLowerCase().split(",");
  const encodings = names.map((name) => name.trim()).filter((name) => name !== "" && name !== "identity");
  if (encodings.length === 0 && Number(headers["content-length"]) <= LARGEST_REPLY_BYTES) return await body.text();
  const unknown = encodings.find((name) => !Object.hasOwn(UNPACKERS, name));
  if (unknown !== undefined) throw new Unreadable(`packed ${nameOf(unknown)}`);
  try {
    if (encodings.length === 0) return await textOf(body, new PassThrough());
    return await (encodings.join() === "gzip" ? gunzipped(body) : unpacked(body, encodings));
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE") throw new TooLarge();
    if (!/^(Z_|ZSTD_|ERR__ERROR_|ERR_BROTLI)/.test(code)) throw error;
    throw new Unreadable(`not the ${encodings.join(" in ")} that its headers announce`);
  }
}

async function gunzipped(body: NodeJS.ReadableStream): Promise<string> {
  const unpacker = zlib.createGunzip({ chunkSize: 256 * 1024 });
  return await textOf(body, unpacker).catch((error) => {
    if (unpacker.bytesWritten > 0 || error.code !== "Z_BUF_ERROR") throw error;
    return ""; // Some servers name an encoding although there is no body.
  });
}

async function unpacked(body: NodeJS.ReadableStream, encodings: string[]): Promise<string> {
  let bytes = await bytesOf(body, new PassThrough());
  for (const encoding of encodings.toReversed()) {
    if (bytes.length === 0) return "";
    bytes = await (UNPACKERS[encoding] as Unpack)(bytes, { maxOutputLength: LARGEST_REPLY_BYTES });
  }
  return new TextDecoder().decode(bytes);
}

async function textOf(body: NodeJS.ReadableStream, unpacker: NodeJS.ReadWriteStream): Promise<string> {
  return new TextDecoder().decode(await bytesOf(body, unpacker));
}

async function bytesOf(body: NodeJS.ReadableStream, unpacker: NodeJS.ReadWriteStream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  await pipeline(body, unpacker, async (unpacked: AsyncIterable<string | Buffer>) => {
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > LARGEST_REPLY_BYTES) throw new TooLarge();
      pieces.push(piece);
    }
  });
  return Buffer.concat(pieces);
}

/** Shows only what is surely a name, because a header may hold anything. */
function nameOf(encoding: string): string {
  return /^[\w.-]{1,20}$/.test(encoding) ? `as ${encoding}` : "in an unknown encoding";
}
