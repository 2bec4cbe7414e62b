/** The body of a reply as text: unpacked, and within a limit of bytes. */
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type * as Undici from "undici";

/** The page of some 18,000 tokens. */
export const LARGEST_REPLY_BYTES = 64 * 1024 * 1024;

export class TooLarge extends Error {}

/** The body is packed in a way that this package can't unpack, or is not packed as its headers say. */
export class Unreadable extends Error {}

const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);
const gunzip = promisify(zlib.gunzip);
const zstdDecompress = promisify(zlib.zstdDecompress);

type Unpack = (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** By the names that `Content-Encoding` knows. Only gzip is asked for, but some proxies pack a body as they like. */
const UNPACKERS: Record<string, Unpack> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  br: promisify(zlib.brotliDecompress),
  zstd: (packed, { maxOutputLength }) => zstdDecompress(packed, { maxOutputLength }),
  // Some servers leave out the header that the name stands for.
  deflate: (packed, options) => (isWithHeader(packed) ? inflate : inflateRaw)(packed, options),
};

function isWithHeader(packed: Buffer): boolean {
  return ((packed[0] ?? 0) & 0x0f) === 8 && packed.length > 1 && packed.readUInt16BE(0) % 31 === 0;
}

/**
 * @throws {TooLarge} for a body of more bytes than any page of Jenkins has, unpacked.
 * @throws {Unreadable} for a body that can't be unpacked.
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

/** Piece by piece, because the page of thousands of tokens would lie in memory three times. */
async function gunzipped(body: NodeJS.ReadableStream): Promise<string> {
  const unpacker = zlib.createGunzip({ chunkSize: 256 * 1024 });
  return await textOf(body, unpacker).catch((error) => {
    if (unpacker.bytesWritten > 0 || error.code !== "Z_BUF_ERROR") throw error;
    return ""; // Some servers name an encoding where there is no body.
  });
}

async function unpacked(body: NodeJS.ReadableStream, encodings: string[]): Promise<string> {
  const pieces: Uint8Array[] = [];
  await eachPiece(body, new PassThrough(), (piece) => pieces.push(piece));
  let bytes: Buffer = Buffer.concat(pieces);
  for (const encoding of encodings.toReversed()) {
    if (bytes.length === 0) return "";
    bytes = await (UNPACKERS[encoding] as Unpack)(bytes, { maxOutputLength: LARGEST_REPLY_BYTES });
  }
  return new TextDecoder().decode(bytes);
}

async function textOf(body: NodeJS.ReadableStream, unpacker: NodeJS.ReadWriteStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  await eachPiece(body, unpacker, (piece) => {
    text += decoder.decode(piece, { stream: true });
  });
  return text + decoder.decode();
}

async function eachPiece(
  body: NodeJS.ReadableStream,
  unpacker: NodeJS.ReadWriteStream,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  let bytes = 0;
  await pipeline(body, unpacker, async (pieces: AsyncIterable<string | Buffer>) => {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > LARGEST_REPLY_BYTES) throw new TooLarge();
      take(piece);
    }
  });
}

/** A header may hold anything, and only what is surely a name is shown. */
function nameOf(encoding: string): string {
  return /^[\w.-]{1,20}$/.test(encoding) ? `as ${encoding}` : "in a way that has no known name";
}
