/** Sends the headers that a gateway before Jenkins requires, with each request to Jenkins and with no other. */
import { type Dispatcher, Pool } from "undici";
import { SettingsError } from "../errors.ts";

type Headers = Record<string, string>;
type Options = Dispatcher.DispatchOptions;

/**
 * Creates connection pools that add `headers` to each request. The request for a tunnel through a forward proxy uses no such pool, so the proxy
 * does not get the headers.
 */
export function poolsWith(headers: Headers): (origin: string | URL, options: object) => Pool {
  class PoolWithHeaders extends Pool {
    override dispatch(request: Options, handler: Dispatcher.DispatchHandler): boolean {
      return super.dispatch({ ...request, headers: withAdded(request, headers) }, handler);
    }
  }
  return (origin, options) => new PoolWithHeaders(origin, options);
}

/** Adds `headers` to requests with an http url. A forward proxy passes these on itself, without a tunnel. */
export function passedOnWith(headers: Headers): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (request, handler) => {
    const isPassedOn = String(request.origin).startsWith("http:");
    return dispatch(isPassedOn ? { ...request, headers: forProxy(request, headers) } : request, handler);
  };
}

function forProxy(request: Options, headers: Headers): Headers {
  if (!Object.keys(headers).some((name) => /^proxy-authorization$/i.test(name))) return withAdded(request, headers);
  const words =
    "the header Proxy-Authorization can't be sent to an http url through a forward proxy, because the proxy would take it for its own";
  throw new SettingsError("connection.headers", `${words}: use https, or name Jenkins in NO_PROXY`);
}

/** Never replaces our own headers. Jenkins chooses the name of one of them, the crumb header. */
function withAdded({ headers }: Options, added: Headers): Headers {
  const own = headers as Headers;
  const ours = Object.keys(own).map((name) => name.toLowerCase());
  const entries = Object.entries(added).filter(([name]) => !ours.includes(name.toLowerCase()));
  return { ...own, ...Object.fromEntries(entries) };
}
