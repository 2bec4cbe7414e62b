/** nginx as a reverse proxy. Its configuration follows Jenkins' documentation, and adds the rules of one test. */
import type { Jenkins } from "../jenkins/server.ts";
import { certificate, key } from "../support/tls.ts";
import { type FrontDoor, freePort, startProgram } from "./program.ts";

interface NginxOptions {
  /** Listens with TLS and the certificate of `tests/support/tls.ts`. */
  tls?: boolean;
  /** Directives of the `http` block. */
  http?: string;
  /** Directives of the `server` block. A function receives the directives that pass a request on to Jenkins. */
  server?: string | ((passOn: string) => string);
  /** Additional files in its folder, by name. */
  files?: Record<string, string>;
}

/** The files that `tls` needs. */
const TLS = { "certificate.pem": certificate, "key.pem": key };

export async function startNginx({ url }: Jenkins, options: NginxOptions = {}): Promise<FrontDoor> {
  const { tls = false, files = {} } = options;
  const port = await freePort();
  return await startProgram("nginx", {
    port,
    scheme: tls ? "https" : "http",
    files: { "nginx.conf": configuration(port, new URL(url).origin, options), ...(tls && TLS), ...files },
    args: (folder) => ["-p", folder, "-c", "nginx.conf", "-e", "error.log"],
  });
}

function configuration(port: number, jenkins: string, { tls = false, http = "", server = "" }: NginxOptions): string {
  const passOn = `
        proxy_pass ${jenkins};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_request_buffering off;`;
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 256; }
http {
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    log_format requests '$status $request_method $request_uri route=$cookie_route';
    access_log access.txt requests;
    ${http}
    server {
        listen 127.0.0.1:${port}${tls ? " ssl" : ""};
        ${tls ? "ssl_certificate certificate.pem; ssl_certificate_key key.pem;" : ""}
        ${typeof server === "string" ? server : server(passOn)}
        location / {${passOn}
        }
    }
}
`;
}
