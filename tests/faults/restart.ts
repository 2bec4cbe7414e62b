import type { Interception } from "../jenkins/interception.ts";
import { noValidCrumbPage, startingPage, startingPostPage, unauthorizedPage } from "../jenkins/pages.ts";
import type { LoggedRequest } from "../jenkins/server.ts";
import type { Scene } from "./faults.ts";

type Phase = [ms: number, answer: (request: LoggedRequest) => Interception];

const starting: Phase[1] = () => ({ kind: "reply", ...startingPage() });
const isGet = ({ method }: LoggedRequest) => method === "GET";

/** The replies to correct credentials while Jenkins restarts, in order, as recorded on a real one. Each second is shortened to a millisecond. */
function phases(parameter: number): Phase[] {
  const longer = 1 + (parameter % 5) / 2;
  return [
    [2 * longer, () => ({ kind: "drop", when: "before" })],
    [2 * longer, (request) => ({ kind: "reply", ...(isGet(request) ? startingPage() : startingPostPage()) })],
    [2 * longer, (request) => ({ kind: "reply", ...(isGet(request) ? startingPage() : noValidCrumbPage()) })],
    [1.6, () => ({ kind: "reply", ...unauthorizedPage() })],
    [2 * longer, starting],
  ];
}

/** Restarts Jenkins before it processes `request`. */
export function restart({ world, request, parameter, takeOver }: Scene): Interception {
  world.servers.jenkins.restart();
  const begun = performance.now();
  const meet = (met: LoggedRequest): Interception | undefined => {
    let end = begun;
    for (const [ms, answer] of phases(parameter)) {
      end += ms;
      if (performance.now() < end) return answer(met);
    }
    return undefined;
  };
  takeOver(meet);
  return meet(request) ?? starting(request);
}
