/** Checks the version of Node.js before other modules are loaded: on an old version these would fail with a less clear message. */

/** Exits if Node.js is older than this package needs. */
export function refuseOldNode(program: string): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  const found = `and the first on the PATH, ${process.execPath}, is ${process.versions.node}`;
  process.stderr.write(`${program} needs Node.js 22.19 or later, ${found}.\n`);
  process.exit(1);
}
