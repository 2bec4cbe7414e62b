/** Which Node.js runs this: where it is too old, that is said before anything is loaded that would fail on it in its own words. */

/** Ends the process where its Node.js is older than this package needs. */
export function refuseOldNode(program: string): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  const found = `and the first on the PATH, ${process.execPath}, is ${process.versions.node}`;
  process.stderr.write(`${program} needs Node.js 22.19 or later, ${found}.\n`);
  process.exit(1);
}
