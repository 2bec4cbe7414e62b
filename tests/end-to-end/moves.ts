import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Face, Stack } from "../../scripts/pulumi-cli/stack.ts";
import { takeDown } from "../support/held-port.ts";
import type { Claims } from "./side-by-side.ts";
import type { Story } from "./story.ts";

const CI = `export const { tokenValue, jenkinsUrl } = new JenkinsApiToken("ci");`;

/** Stacks whose Jenkins gets another URL. */
export const moves: Claims = {
  "a token is kept when its Jenkins gets a new URL, if a refresh with the new URL follows": (story) =>
    isKept(story, "dynamic"),

  "a token of the native provider is kept in the same way": (story) => isKept(story, "native"),

  "a token is replaced without that refresh, and the failed delete at the old URL names remedies": async (story) => {
    const { stack, close } = await atOldAddress(story, "dynamic");
    await close();
    await stack.configure("jenkins:url", story.jenkins.url);
    const output = await stack.failing("up");
    assert.match(output, /the connection was refused/);
    assert.match(output, /If it is the same Jenkins as .*, run `pulumi refresh`, and then `pulumi up` again/);
    assert.match(output, /`pulumi state delete/);
    assert.equal(story.tokens().length, 2);
    assert.equal(stack.resources().filter((one) => one.delete).length, 1);
    await stack.refresh();
    await stack.up();
    assert.equal(story.tokens().length, 1);
    await stack.destroy();
    assert.deepEqual(story.tokenNames(), []);
  },
};

async function isKept(story: Story, face: Face): Promise<void> {
  const { stack, url, close } = await atOldAddress(story, face);
  const { tokenValue } = await stack.outputs();
  const { id } = stack.resource("ci");
  await close();
  await stack.configure("jenkins:url", story.jenkins.url);
  assert.match(await stack.preview(), /are replaced by tokens of .*run `pulumi refresh --run-program` first/s);
  story.newRequests();

  const output = await stack.refresh("--run-program");
  assert.match(output, new RegExp(`Jenkins has moved from ${url} to ${story.jenkins.url}`));
  assert.deepEqual(story.newChanges(), []);
  await stack.up("--expect-no-changes");
  assert.deepEqual([stack.resource("ci").id, stack.resource("ci").outputs["jenkinsUrl"]], [id, story.jenkins.url]);
  assert.equal((await stack.outputs())["tokenValue"], tokenValue);
  assert.equal(await story.statusFor(tokenValue), 200);
  await stack.destroy();
  assert.deepEqual(story.tokenNames(), []);
}

/** A stack with a token, whose config has a second URL of Jenkins. `close` makes this URL unreachable. */
async function atOldAddress(
  story: Story,
  face: Face,
): Promise<{ stack: Stack; url: string; close(): Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const { port } = new URL(story.jenkins.url);
  const server = createServer((socket) => {
    const onward = connect(Number(port), "127.0.0.1");
    for (const one of [socket, onward]) sockets.add(one.on("error", () => one.destroy()));
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stack = await story.stack(CI, { ...story.tokenLogin, JENKINS_URL: "" }, face);
  await stack.configure("jenkins:url", url);
  await stack.up();
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await takeDown({ url, close: () => new Promise((resolve) => server.close(resolve)) });
  };
  return { stack, url, close };
}
