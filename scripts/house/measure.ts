/** One measure of the code's simplicity. */
export interface Measure {
  name: string;
  value: number;
  /** The largest value that is allowed. Without a target the measure is only printed. */
  most?: number;
  /** The counted things: files, functions, names. */
  details: string[];
  /** Additional information, such as the longest function. */
  note?: string;
}

export function isMet({ value, most }: Measure): boolean {
  return most === undefined || value <= most;
}

/** One line with the value and the target, then one line for each thing that was counted. */
export function report(measure: Measure): string {
  const { name, value, most, details, note } = measure;
  const mark = most === undefined ? "·" : isMet(measure) ? "✔" : "✘";
  const target = most === undefined ? "no target" : most === 0 ? "target none" : `target at most ${most}`;
  const lines = [`${mark} ${name}: ${value} (${target})${note ? `; ${note}` : ""}`];
  return [...lines, ...details.map((detail) => `    ${detail}`)].join("\n");
}
