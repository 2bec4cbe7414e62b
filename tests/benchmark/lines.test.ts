import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { difference, exponent, isKept, median, ratio, shown } from "./lines.ts";
import { rowOf } from "./tables.ts";

const described = { part: "calls", what: "create", unit: "ms" };

describe("A line of the benchmark", () => {
  it("has the median of the ratios of values measured in pairs, so that a busy machine does not change it", () => {
    const line = ratio(described, [11, 110, 33], { what: "no-op", values: [10, 100, 20] });
    assert.equal(line.figure, 1.1);
  });

  it("has the median of the differences if it is a difference", () => {
    assert.equal(difference(described, [15, 30, 9], { what: "no-op", values: [10, 10, 5] }).figure, 5);
  });

  it("keeps its bound up to the limit, and no further", () => {
    const kept = (figure: number, bound: Parameters<typeof shown>[0]["bound"]) =>
      isKept(shown({ ...described, bound }, figure));
    assert.deepEqual([kept(1.1, { atMost: 1.1 }), kept(1.11, { atMost: 1.1 })], [true, false]);
    assert.deepEqual([kept(0.8, { atLeast: 0.8 }), kept(0.79, { atLeast: 0.8 })], [true, false]);
    assert.deepEqual([kept(1, { exactly: 1 }), kept(2, { exactly: 1 })], [true, false]);
    assert.equal(kept(Number.NaN, { atMost: 1 }), false);
    assert.equal(kept(7, undefined), true);
  });

  it("takes the mean of the middle two of an even number of values as the median", () => {
    assert.deepEqual([median([4, 1, 3, 2]), median([5]), median([3, 1, 2])], [2.5, 5, 2]);
  });

  it("has the exponent of growth", () => {
    const grown = (power: number) => [10, 100, 1000].map((n) => ({ n, value: 3 * n ** power }));
    for (const power of [0, 1, 2]) assert.ok(Math.abs(exponent(grown(power)) - power) < 1e-9);
  });

  it("shows the measured values, the bound, and whether the bound is kept", () => {
    const compared = { what: "no-op", values: [1, 1, 1] };
    const line = ratio({ ...described, unit: "s", bound: { atMost: 1.1 } }, [1.05, 1.2, 1], compared);
    assert.equal(rowOf(line), "| calls | create | 1.05 s (1 to 1.2) | no-op: 1 s (1 to 1) | 1.05 | ≤ 1.1 | ok |");
    assert.match(rowOf(shown({ ...described, bound: { exactly: 1 } }, 2)), /\| 2 ms \| {2}\| {2}\| 1 ms \| MISSED \|$/);
  });
});
