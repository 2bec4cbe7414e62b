/** Shows what the command waits for, on the last line of a terminal. If standard error is not a terminal, it shows nothing. */
import { maskAnywhere, visible } from "../redaction.ts";
import { shortenedInMiddle } from "./columns.ts";

const TICK_MS = 1000;

class Progress {
  #text = "";
  #seconds = 0;
  #isShown = false;
  #ticks: NodeJS.Timeout | undefined;

  /** Sets what the command waits for from now on. A wait of less than a second is not shown. */
  show(text: string): void {
    if (!process.stderr.isTTY) return;
    this.#text = text;
    this.#ticks ??= setInterval(() => this.#draw(), TICK_MS).unref();
  }

  /** The wait is over. */
  end(): void {
    clearInterval(this.#ticks);
    this.#ticks = undefined;
    this.#seconds = 0;
    this.erase();
  }

  /** Erases the line, to make room for a line of the output. */
  erase(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
    this.#isShown = false;
  }

  #draw(): void {
    this.#seconds += 1;
    const end = ` ... ${this.#seconds} s`;
    const most = (process.stderr.columns || 80) - 1 - end.length;
    process.stderr.write(`\r${shortenedInMiddle(visible(maskAnywhere(this.#text)), most)}${end}\u001b[K`);
    this.#isShown = true;
  }
}

/** The progress of this process. */
export const progress = new Progress();
