/** The tests' Jenkins in a process of its own, so that it doesn't share a thread with what is measured. Started by jenkins.ts. */
import { randomBytes } from "node:crypto";
import { endpointOf } from "../jenkins/request.ts";
import { type Jenkins, startJenkins } from "../jenkins/server.ts";
import type { Asked, Controller, Order } from "./jenkins.ts";

const jenkinses: Jenkins[] = [];
/** How many passwords each had checked when that was last asked. */
const counted = new Map<Jenkins, number>();

process.on("message", (order: Order) => {
  void (order.order === "start" ? start(order) : Promise.resolve(take())).then((answer) => process.send?.(answer));
});
process.once("disconnect", () => process.exit()); // With the one who started it.

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

/** What was asked since the last time, and forgets it. */
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
