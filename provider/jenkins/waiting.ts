/** Waiting for a Jenkins that isn't up yet. */
import { UnexpectedResponseError } from "../errors.ts";
import { pause, shared, tell, uncancelled } from "../operation.ts";

interface Wait {
  limitMs: number;
  /** What it looks like now, as the end of a sentence about it. */
  reason: string;
  /** First pause between two looks; it doubles, up to 5 seconds. */
  pauseMs: number;
  isUp: () => Promise<unknown>;
}

const waits = new Map<string, Promise<void>>();

/** Forgets them, for tests that play several processes. */
export function forgetWaits(): void {
  waits.clear();
}

/** Until the Jenkins at `url` is up. One wait per Jenkins and process; when it was in vain, it was so for everybody. */
export function waitFor(url: string, wait: Wait): Promise<void> {
  return shared(waits.get(url) ?? begin(url, wait));
}

function begin(url: string, wait: Wait): Promise<void> {
  const waiting = uncancelled(() => poll(url, wait));
  const forget = () => void waits.delete(url);
  waiting.then(forget, () => setTimeout(forget, wait.limitMs).unref());
  waits.set(url, waiting);
  return waiting;
}

async function poll(url: string, { limitMs, reason, pauseMs: firstPauseMs, isUp }: Wait): Promise<void> {
  tell("info", `Waiting up to ${limitMs / 1000} seconds for ${url}, which ${reason}.`);
  const end = Date.now() + limitMs;
  for (let pauseMs = firstPauseMs; Date.now() < end; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    await pause(Math.min(pauseMs, Math.max(0, end - Date.now())));
    if (await isUp()) return;
  }
  const tried = `Waiting ${limitMs / 1000} seconds for ${url}, which ${reason}, was in vain`;
  const remedy = "Run again when it is up, or give it more time with `connection.waitForReadySeconds`.";
  throw new UnexpectedResponseError({ tried, remedy });
}
