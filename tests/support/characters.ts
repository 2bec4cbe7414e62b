import fc from "fast-check";

/** A character of ASCII, or any other one. fast-check's own `binary` first lists all characters, which takes a second in each process. */
export const anyCharacter = fc.oneof(
  charactersFrom(0x20, 0x7e),
  charactersFrom(0, 0xd7ff),
  charactersFrom(0xe000, 0x10ffff),
);

function charactersFrom(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((code) => String.fromCodePoint(code), codeOf);
}

/** The inverse, for texts that fast-check mixes in. It takes an error as "none of these characters". */
function codeOf(char: unknown): number {
  if (typeof char === "string" && [...char].length === 1) return char.codePointAt(0) ?? 0;
  throw new Error("not one character");
}
