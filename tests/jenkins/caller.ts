type Fields = Record<string, string>;

/** A client that sends single requests, without the provider's logic. */
export class Caller {
  readonly #url: string;
  readonly #authorization: Fields;

  constructor(url: string, id?: string, secret = "") {
    this.#url = url;
    const credentials = Buffer.from(`${id}:${secret}`).toString("base64");
    this.#authorization = id === undefined ? {} : { Authorization: `Basic ${credentials}` };
  }

  get(path: string, headers: Fields = {}): Promise<Response> {
    return this.#send("GET", path, headers);
  }

  post(path: string, form: Fields = {}, headers: Fields = {}, signal?: AbortSignal): Promise<Response> {
    return this.#send("POST", path, headers, { body: new URLSearchParams(form), ...(signal && { signal }) });
  }

  /** Calls a method of the descriptor for the caller's own tokens. */
  own(method: string, form: Fields, headers: Fields = {}, signal?: AbortSignal): Promise<Response> {
    return this.post(`/me/descriptorByName/jenkins.security.ApiTokenProperty/${method}`, form, headers, signal);
  }

  /** The headers with a crumb and the cookie of its session. */
  async crumb(): Promise<Fields> {
    const response = await this.get("/crumbIssuer/api/json");
    const { crumb, crumbRequestField } = (await response.json()) as { crumb: string; crumbRequestField: string };
    const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
    return { [crumbRequestField]: crumb, Cookie: cookie };
  }

  #send(method: string, path: string, headers: Fields, more: RequestInit = {}): Promise<Response> {
    const sent = { ...this.#authorization, ...headers };
    return fetch(this.#url + path, { method, headers: sent, redirect: "manual", ...more });
  }
}
