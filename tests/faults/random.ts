/** Random numbers from 0 up to 1, determined by `seed` (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function oneOf<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

export function shuffled<T>(things: readonly T[], seed: number): T[] {
  const random = randomFrom(seed);
  const weighed = things.map((thing) => ({ thing, weight: random() }));
  return weighed.sort((one, other) => one.weight - other.weight).map(({ thing }) => thing);
}
