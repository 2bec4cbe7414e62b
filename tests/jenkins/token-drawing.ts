import type { Words } from "./token-words.ts";

/** What the list of tokens depends on, made once: formats of dates are slow to make. */
export interface Drawing {
  descriptor: string;
  /** Where this run of Jenkins has its pictures, and the styles of what is on the page. */
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
