/** Reads the body of a reply, decompressed and limited in size. */
import * as zlib from "node:zlib";
import type * as Undici from "undici";
import type { Reply } from "./http.ts";

/** A page with about 18,000 tokens has this size. */
export const LARGEST_REPLY_BYTES = 64 * 1024 * 1024;

export class TooLarge extends Error {}

/** The compression of the body is not supported, or is not the one that the headers name. */
export class Unreadable extends Error {}

/** A hostile reply could name hundreds, and each one is unpacked in the first thread. */
const MOST_ENCODINGS = 5;

type Unpack = (packed: Buffer, options: { maxOutputLength: number }) => Buffer;

/** By their names in `Content-Encoding`. Requests ask for gzip only, but some proxies choose another compression. */
const UNPACKERS: Record<string, Unpack> = {
  gzip: zlib.gunzipSync,
  "x-gzip": zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
  // Some servers leave out the zlib header.
  deflate: (packed, options) => (isWithHeader(packed) ? zlib.inflateSync : zlib.inflateRawSync)(packed, options),
};

function isWithHeader(packed: Buffer): boolean {
  return ((packed[0] ?? 0) & 0x0f) === 8 && packed.length > 1 && packed.readUInt16BE(0) % 31 === 0;
}

/**
 * The body as text, or the bytes of a page.
 *
 * @throws {TooLarge} if the decompressed body is larger than any page of Jenkins.
 * @throws {Unreadable} if the body can't be decompressed.
 */
export async function readBody(
  { body, headers, statusCode }: Undici.Dispatcher.ResponseData,
  isForPage = false,
): Promise<Pick<Reply, "body" | "page">> {
  const names = [headers["content-encoding"] ?? ""].flat().join().toLowerCase().split(",");
  const encodings = names.map((name) => name.trim()).filter((name) => name !== "" && name !== "identity");
  const unknown = encodings.find((name) => !Object.hasOwn(UNPACKERS, name));
  if (unknown !== undefined) throw new Unreadable(`packed ${nameOf(unknown)}`);
  if (encodings.length > MOST_ENCODINGS) throw new Unreadable(`packed ${encodings.length} times`);
  let bytes = await bytesOf(body);
  // No turn of the event loop passes from here to the next request, unless a second thread parses the page. After a turn, undici would use this
  // connection again, and the server may be closing it. With a second thread, no token is created.
  try {
    for (const encoding of encodings.toReversed()) {
      if (bytes.length === 0) break; // Some servers name an encoding although there is no body.
      bytes = (UNPACKERS[encoding] as Unpack)(bytes, { maxOutputLength: LARGEST_REPLY_BYTES });
    }
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE") throw new TooLarge();
    if (!/^(Z_|ZSTD_|ERR__ERROR_|ERR_BROTLI)/.test(code)) throw error;
    throw new Unreadable(`not the ${encodings.join(" in ")} that its headers announce`);
  }
  return isForPage && statusCode === 200 ? { body: "", page: bytes } : { body: new TextDecoder().decode(bytes) };
}

async function bytesOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > LARGEST_REPLY_BYTES) throw new TooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Shows only what is surely a name, because a header may hold anything. */
function nameOf(encoding: string): string {
  return /^[\w.-]{1,20}$/.test(encoding) ? `as ${encoding}` : "in an unknown encoding";
}
