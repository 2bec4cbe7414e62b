/** Fits texts into the columns of a terminal. A wide character takes two columns, a combining character none. */
import stringWidth from "string-width";

/** The number of columns that a text takes. */
export const widthOf = (text: string): number => stringWidth(text);

/** The blanks that fill up the width after the text. */
export function blanksAfter(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Cuts out the middle of a text that is too wide: names often differ only at the end. No character is cut in half. */
export function shortenedInMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const begin = fitting(charactersOf(text.slice(0, width * LONGEST_CHARACTER)), Math.ceil((width - 1) / 2));
  const fromEnd = charactersOf(text.slice(-width * LONGEST_CHARACTER)).reverse();
  const end = fitting(fromEnd, width - 1 - widthOf(begin.join("")));
  return `${begin.join("")}…${end.reverse().join("")}`;
}

/** The assumed maximum length of a letter with its marks. It limits how much of a very long text is segmented. */
const LONGEST_CHARACTER = 16;

function charactersOf(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** The first characters, as many as fit into the width. */
function fitting(characters: string[], width: number): string[] {
  let left = width;
  const tooWide = characters.findIndex((one) => {
    left -= widthOf(one);
    return left < 0;
  });
  return tooWide < 0 ? characters : characters.slice(0, tooWide);
}

/** The lines of a text, broken only between words. A word that is wider than a line stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
