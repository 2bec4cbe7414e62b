/** The simulated Jenkins in a separate process, so that it does not share a thread with the measured code. Started by jenkins.ts. */
import { randomBytes } from "node:crypto";
import { endpointOf } from "../jenkins/request.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import type { Asked, Controller, Order } from "./jenkins.ts";

const jenkinses: Jenkins[] = [];
/** The number of password checks of each Jenkins at the last `take`. */
const counted = new Map<Jenkins, number>();

process.on("message", (order: Order) => {
  void (order.order === "start" ? start(order) : Promise.resolve(take())).then((answer) => process.send?.(answer));
});
process.once("disconnect", () => process.exit()); // Ends with its parent.

async function start({ controllers, users, tokens, generateMs, passwordMs }: Extract<Order, { order: "start" }>) {
  const ids = Array.from({ length: users }, (_, index) => `user${index + 1}`);
  const started = Array.from({ length: controllers }, async (): Promise<Controller> => {
    const members = ids.map((id) => ({ id, password: randomBytes(12).toString("hex") }));
    const jenkins = await startJenkins({ generateMs, passwordMs, users: members });
    jenkinses.push(jenkins);
    for (const { id } of members) for (let made = 1; made < tokens; made++) jenkins.generate(id, `token ${made}`);
    const logins = members.map(({ id, password }) => {
      return { username: id, password, apiToken: jenkins.generate(id, "of the benchmark").tokenValue };
    });
    return { url: jenkins.url, logins };
  });
  return await Promise.all(started);
}

/** The requests since the last call. Resets the counts. */
function take(): Asked {
  const asked: Asked = { requests: {}, passwordChecks: 0 };
  for (const jenkins of jenkinses) {
    for (const { method, path } of jenkins.log) {
      const request = `${method} ${endpointOf(path)}`;
      asked.requests[request] = (asked.requests[request] ?? 0) + 1;
    }
    jenkins.log.length = 0;
    asked.passwordChecks += jenkins.passwordChecks - (counted.get(jenkins) ?? 0);
    counted.set(jenkins, jenkins.passwordChecks);
  }
  return asked;
}
