/** Apache httpd as a reverse proxy. Its configuration follows Jenkins' documentation, and adds the rules of one test. */
import type { Jenkins } from "../jenkins/server.ts";
import { certificate, key } from "../support/tls.ts";
import { type FrontDoor, freePort, startProgram } from "./program.ts";

interface ApacheOptions {
  /** Terminates TLS with the certificate of `tests/support/tls.ts`. */
  tls?: boolean;
  /** Directives of the virtual host. */
  rules?: string;
  /** Additional files in its folder, by name. */
  files?: Record<string, string>;
}

const MODULES = [
  "mpm_event",
  "alias",
  "auth_basic",
  "authn_core",
  "authn_file",
  "authz_core",
  "authz_user",
  "dir",
  "env",
  "headers",
  "include",
  "mime",
  "negotiation",
  "proxy",
  "proxy_http",
  "rewrite",
  "ssl",
];

/** Opens Apache httpd before Jenkins. It passes on requests below the context path of Jenkins' URL. */
export async function startApache({ url }: Jenkins, options: ApacheOptions = {}): Promise<FrontDoor> {
  const { tls = false, files = {} } = options;
  const port = await freePort();
  return await startProgram("apache2", {
    port,
    scheme: tls ? "https" : "http",
    files: {
      "httpd.conf": configuration(port, new URL(url), options),
      "certificate.pem": certificate,
      "key.pem": key,
      ...files,
    },
    args: (folder) => ["-d", folder, "-f", "httpd.conf", "-D", "FOREGROUND"],
  });
}

function configuration(port: number, { origin, pathname }: URL, { tls = false, rules = "" }: ApacheOptions): string {
  const prefix = pathname === "/" ? "/" : pathname;
  const door = `${tls ? "https://localhost" : "http://127.0.0.1"}:${port}`;
  return `
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
ServerName localhost
Listen 127.0.0.1:${port}
TypesConfig /dev/null
PidFile httpd.pid
DefaultRuntimeDir .
StartServers 1
ThreadsPerChild 25
MaxRequestWorkers 25
ServerLimit 1
ErrorLog error.log
LogFormat "%>s %m %U" requests
CustomLog access.txt requests
<VirtualHost 127.0.0.1:${port}>
  ${tls ? "SSLEngine on\n  SSLCertificateFile certificate.pem\n  SSLCertificateKeyFile key.pem" : ""}
  ProxyRequests Off
  ProxyPreserveHost On
  AllowEncodedSlashes NoDecode
  RequestHeader set X-Forwarded-Proto "${tls ? "https" : "http"}"
  RequestHeader set X-Forwarded-Port "${port}"
  ${rules}
  ProxyPass ${prefix} ${origin}${prefix} nocanon
  ProxyPassReverse ${prefix} ${origin}${prefix}
  ProxyPassReverse ${prefix} ${door}${prefix}
</VirtualHost>
`;
}
