/** HAProxy as a reverse proxy. Its configuration follows Jenkins' documentation, and adds the rules of one test. */
import type { Jenkins } from "../jenkins/server.ts";
import { certificate, key } from "../support/tls.ts";
import { type FrontDoor, freePort, startProgram } from "./program.ts";

interface HaproxyOptions {
  /** Terminates TLS with the certificate of `tests/support/tls.ts`. */
  tls?: boolean;
  /** Lines of the frontend. */
  frontend?: string;
  /** Lines of the backend. */
  backend?: string;
  /** Additional sections. */
  sections?: string;
}

/** Opens HAProxy before Jenkins. It redirects requests for other paths to the context path of Jenkins' URL. */
export async function startHaproxy({ url }: Jenkins, options: HaproxyOptions = {}): Promise<FrontDoor> {
  const port = await freePort();
  return await startProgram("haproxy", {
    port,
    scheme: options.tls ? "https" : "http",
    files: { "haproxy.cfg": configuration(port, new URL(url), options), "both.pem": certificate + key },
    args: () => ["-db", "-f", "haproxy.cfg"],
  });
}

function configuration(port: number, { host, pathname }: URL, options: HaproxyOptions): string {
  const { tls = false, frontend = "", backend = "", sections = "" } = options;
  const prefix = pathname === "/" ? "" : pathname;
  return `
global
    maxconn 256
    stats timeout 1s
defaults
    mode http
    option forwardfor
    option http-server-close
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 5s
frontend http-in
    bind 127.0.0.1:${port}${tls ? " ssl crt both.pem" : ""}
    ${frontend}
    acl below-the-prefix path_beg ${prefix}/
    redirect code 301 prefix ${prefix}/ unless below-the-prefix
    default_backend jenkins
backend jenkins
    http-request set-header X-Forwarded-Port %[dst_port]
    http-request set-header X-Forwarded-Proto ${tls ? "https" : "http"}
    ${backend}
    server jenkins1 ${host}
${sections}
`;
}
