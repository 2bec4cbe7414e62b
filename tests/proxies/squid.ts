/** Squid, as a forward proxy in HTTP_PROXY, and as a reverse proxy before Jenkins. */
import type { Jenkins } from "../jenkins/server.ts";
import { type FrontDoor, freePort, startProgram } from "./program.ts";

/** @param login "user password": the credentials that each client has to send. */
export async function startForwardSquid(login?: string): Promise<FrontDoor> {
  const port = await freePort();
  const access = login
    ? `
auth_param basic program /bin/sh login.sh
auth_param basic realm The proxy
acl known proxy_auth REQUIRED
http_access allow known`
    : "http_access allow localhost";
  const lines = `
http_port 127.0.0.1:${port}
${access}
http_access deny all`;
  // Squid writes each client's credentials to this program, one line each. The program answers whether they are right.
  const script = `while read -r login; do if [ "$login" = "${login}" ]; then echo OK; else echo ERR; fi; done\n`;
  return await startSquid(port, lines, { "login.sh": script });
}

/**
 * Squid as a reverse proxy, which it calls an accelerator.
 *
 * @param rules lines before the one that lets everybody in.
 */
export async function startReverseSquid({ url }: Jenkins, rules = ""): Promise<FrontDoor> {
  const port = await freePort();
  const lines = `
http_port 127.0.0.1:${port} accel defaultsite=127.0.0.1:${port} vhost
cache_peer 127.0.0.1 parent ${new URL(url).port} 0 no-query no-digest originserver login=PASSTHRU
never_direct allow all
${rules}
http_access allow localhost
http_access deny all`;
  return await startSquid(port, lines);
}

async function startSquid(port: number, lines: string, files: Record<string, string> = {}): Promise<FrontDoor> {
  const configuration = `${lines}
visible_hostname proxy.example.com
pid_filename none
coredump_dir none
netdb_filename none
cache_log cache.log
logformat requests %>Hs %rm %ru
access_log stdio:access.txt requests
buffered_logs off
cache_mem 8 MB
max_filedescriptors 1024
pinger_enable off
# No name is ever looked up. The socket for it must not be open to other machines.
dns_nameservers 127.0.0.1
udp_incoming_address 127.0.0.1
shutdown_lifetime 0 seconds
`;
  return await startProgram("squid", {
    port,
    files: { "squid.conf": configuration, ...files },
    args: (folder) => ["-N", "-f", `${folder}/squid.conf`],
  });
}
