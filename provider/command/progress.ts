/** What the command waits for, on the last line of a terminal's standard error. A log gets none of it. */
import { maskAnywhere, visible } from "../redaction.ts";
import { shortenedInMiddle } from "./columns.ts";

const TICK_MS = 1000;

class Progress {
  #text = "";
  #seconds = 0;
  #isShown = false;
  #ticks: NodeJS.Timeout | undefined;

  /** Says what the command waits for from now on. A wait of less than a second is not shown. */
  show(text: string): void {
    if (!process.stderr.isTTY) return;
    this.#text = text;
    this.#ticks ??= setInterval(() => this.#draw(), TICK_MS).unref();
  }

  /** Nothing is waited for. */
  end(): void {
    clearInterval(this.#ticks);
    this.#ticks = undefined;
    this.#seconds = 0;
    this.erase();
  }

  /** Makes room for a line of the output. */
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

/** Of this process. */
export const progress = new Progress();
