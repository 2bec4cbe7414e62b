/** The lines of a benchmark. Most figures are ratios of two values that were measured alternately. Each figure may have a bound. */

/** The allowed values of a figure. A figure without a bound is only shown. */
export type Bound = { atMost: number } | { atLeast: number } | { exactly: number };

export interface Line {
  /** The part of the benchmark. */
  part: string;
  what: string;
  /** The measured values, in the order in which they were taken. */
  values: number[];
  /** The unit of the values, such as "ms". */
  unit: string;
  /** The values measured alternately with these, if the figure is a ratio or a difference. */
  compared?: { what: string; values: number[] };
  figure: number;
  /** The unit of the figure. Empty for a ratio. */
  figureUnit: string;
  bound?: Bound;
}

type Described = Pick<Line, "part" | "what" | "unit"> & { bound?: Bound | undefined };

/** A figure without comparison, such as a count or a size. */
export function shown({ bound, ...described }: Described, ...values: number[]): Line {
  return { ...described, values, figure: median(values), figureUnit: described.unit, ...(bound && { bound }) };
}

type Compared = NonNullable<Line["compared"]>;

/** The median of the ratios of values measured alternately. */
export function ratio(described: Described, values: number[], compared: Compared): Line {
  return { ...beside(described, values, compared, (value, other) => value / other), figureUnit: "" };
}

/** The median of the differences of values measured alternately. */
export function difference(described: Described, values: number[], compared: Compared): Line {
  return beside(described, values, compared, (value, other) => value - other);
}

function beside(
  { bound, ...described }: Described,
  values: number[],
  compared: Compared,
  combine: (value: number, other: number) => number,
): Line {
  const figure = median(values.map((value, index) => combine(value, compared.values[index] ?? Number.NaN)));
  return { ...described, values, compared, figure, figureUnit: described.unit, ...(bound && { bound }) };
}

export function isKept({ figure, bound }: Line): boolean {
  if (!bound) return true;
  if ("atMost" in bound) return figure <= bound.atMost;
  if ("atLeast" in bound) return figure >= bound.atLeast;
  return figure === bound.exactly;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [high = Number.NaN, low = high] = [sorted[middle], sorted[sorted.length % 2 ? middle : middle - 1]];
  return (low + high) / 2;
}

/** The exponent `b` for which `a * n^b` fits best, by least squares of the logarithms. */
export function exponent(points: { n: number; value: number }[]): number {
  const logs = points.map(({ n, value }) => ({ x: Math.log(n), y: Math.log(value) }));
  const mean = (of: "x" | "y") => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [x, y] = [mean("x"), mean("y")];
  const slope = (part: (log: { x: number; y: number }) => number) => logs.reduce((sum, log) => sum + part(log), 0);
  return slope((log) => (log.x - x) * (log.y - y)) / slope((log) => (log.x - x) ** 2);
}
