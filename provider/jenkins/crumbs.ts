/** The crumb that a POST needs in a session: asked for once, and sent in two places. */

import { uncancelled } from "../operation.ts";
import { keepSecret } from "../redaction.ts";
import type { Login } from "../settings/connection.ts";
import type { Reply, Request } from "./http.ts";
import { type Crumb, crumbInText, crumbSchema, isCrumb, jsonOf, successOf } from "./replies.ts";

/** With the address it was asked for under, which a strict issuer may want to see again. */
type CrumbOfSession = Crumb & { source: string };

/** Asks in the session that the crumb is to be of. */
type Ask = (tried: string, path: string) => Promise<{ request: Request; reply: Reply }>;

export class Crumbs {
  readonly #login: Login;
  readonly #ask: Ask;
  #crumb: Promise<CrumbOfSession | undefined> | undefined;

  constructor(login: Login, ask: Ask) {
    this.#login = login;
    this.#ask = ask;
  }

  /** The crumb of this session, the same for all that ask; nothing where Jenkins' CSRF protection is switched off. */
  ofSession(): Promise<CrumbOfSession | undefined> {
    this.#crumb ??= uncancelled(() => this.#inJson()).catch((error) => {
      this.#crumb = undefined;
      throw error;
    });
    return this.#crumb;
  }

  /** Forgets a crumb that Jenkins has refused, unless another one is known already. */
  forget(crumb: Promise<CrumbOfSession | undefined>): void {
    if (this.#crumb === crumb) this.#crumb = undefined;
  }

  async #inJson(): Promise<CrumbOfSession | undefined> {
    const { request, reply } = await this.#ask("Asking Jenkins for a crumb", "/crumbIssuer/api/json");
    const inXml = isCrumb(reply) ? undefined : await this.#inXml(reply);
    if (!inXml && reply.status === 404) return undefined;
    const inJson = () => jsonOf(request, successOf(request, reply, this.#login), crumbSchema);
    const crumb = inXml ?? { ...inJson(), source: request.url };
    keepSecret(crumb.crumb);
    return crumb;
  }

  /** For the proxy that lets no JSON through. Of a Jenkins without CSRF protection both answers are 404. */
  async #inXml({ status }: Reply): Promise<CrumbOfSession | undefined> {
    if (![200, 403, 404, 406].includes(status)) return undefined;
    const path = `/crumbIssuer/api/xml?xpath=${encodeURIComponent('concat(//crumbRequestField,":",//crumb)')}`;
    const { request, reply } = await this.#ask("Asking Jenkins for a crumb in XML", path);
    const crumb = crumbInText(reply);
    return crumb && { ...crumb, source: request.url };
  }
}

/** `request` with the crumb in a header and in the form, because some proxies drop a header of such a name. */
export function withCrumb(request: Request, crumb: CrumbOfSession | undefined): Request {
  if (!crumb) return request;
  const field = { [crumb.crumbRequestField]: crumb.crumb };
  const headers = { ...request.headers, referer: crumb.source, ...field };
  return { ...request, headers, form: { ...request.form, ...field } };
}
