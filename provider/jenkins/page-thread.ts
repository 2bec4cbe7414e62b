/** The second thread of page-parser.ts. */
import { parentPort } from "node:worker_threads";
import { parseTokenPage } from "./token-page.ts";

parentPort?.on("message", ({ buffer, byteOffset, byteLength }: Uint8Array) => {
  parentPort?.postMessage(parseTokenPage(Buffer.from(buffer, byteOffset, byteLength)));
});
