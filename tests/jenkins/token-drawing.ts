import type { Words } from "./token-words.ts";

/** The data for the list of tokens. It is created once, because date formats are slow to create. */
export interface Drawing {
  descriptor: string;
  /** The paths of this run's pictures and styles. */
  images: string;
  adjuncts: string;
  words: Words;
  medium: Intl.DateTimeFormat;
  short: Intl.DateTimeFormat;
  numbers: Intl.NumberFormat;
  canGenerate: boolean;
  statistics: boolean;
  now: Date;
}

export function daysBetween(date: Date, now: Date): number {
  return Math.floor((now.getTime() - date.getTime()) / (24 * 60 * 60 * 1000));
}
