/** oauth2-proxy before Jenkins. Browsers would log in at GitHub, but no test contacts it. */
import { randomBytes } from "node:crypto";
import type { Jenkins } from "../jenkins/server.ts";
import { type FrontDoor, freePort, startProgram } from "./program.ts";

/** The option that lets API clients through to Jenkins with their own credentials. */
export const API_PASSES = ["--skip-auth-route=^/.*", "--skip-auth-strip-headers=false"];

export async function startOauth2Proxy({ url }: Jenkins, ...options: string[]): Promise<FrontDoor> {
  const port = await freePort();
  return await startProgram("oauth2-proxy", {
    port,
    files: {},
    args: () => [
      `--http-address=127.0.0.1:${port}`,
      `--upstream=${new URL(url).origin}/`,
      "--provider=github",
      "--client-id=jenkins",
      "--client-secret=unused",
      `--cookie-secret=${randomBytes(16).toString("hex")}`,
      "--cookie-secure=false",
      "--email-domain=*",
      "--reverse-proxy=false",
      ...options,
    ],
  });
}
