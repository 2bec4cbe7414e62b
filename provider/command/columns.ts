/** Texts in the columns of a terminal: wide characters take two, and combining ones none. */
import stringWidth from "string-width";

/** How many columns a text takes. */
export const widthOf = (text: string): number => stringWidth(text);

/** A text with blanks after it up to a width. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** The beginning and the end of a text that is too wide. The end often tells names apart. No character is cut in half. */
export function shortenedInMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const begin = fitting(charactersOf(text.slice(0, width * LONGEST_CHARACTER)), Math.ceil((width - 1) / 2));
  const fromEnd = charactersOf(text.slice(-width * LONGEST_CHARACTER)).reverse();
  const end = fitting(fromEnd, width - 1 - widthOf(begin.join("")));
  return `${begin.join("")}…${end.reverse().join("")}`;
}

/** Only so much of a very long text is taken apart: a letter, and marks on it. */
const LONGEST_CHARACTER = 16;

function charactersOf(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** As many of the first characters as fit. */
function fitting(characters: string[], width: number): string[] {
  let left = width;
  const tooWide = characters.findIndex((one) => {
    left -= widthOf(one);
    return left < 0;
  });
  return tooWide < 0 ? characters : characters.slice(0, tooWide);
}

/** The lines of a text, broken between words only. A word that is wider stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
