import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Secrets that must never appear in the clear, and the search for all their encodings. */
export class Secrets {
  readonly #forms = new Map<string, string>();

  /** @param kind names the secret in the findings, which never show it. */
  add(kind: string, secret: string): void {
    const json = JSON.stringify(secret).slice(1, -1);
    const base64 = Buffer.from(secret).toString("base64");
    for (const [name, form] of Object.entries({
      plain: secret,
      "percent-encoded": encodeURIComponent(secret),
      "form-encoded": new URLSearchParams([["", secret]]).toString().slice(1),
      "JSON-escaped": json,
      "twice JSON-escaped": JSON.stringify(json).slice(1, -1),
      Base64: base64.replace(/=+$/, ""),
      Base64url: Buffer.from(secret).toString("base64url"),
    })) {
      if (!this.#forms.has(form)) this.#forms.set(form, `${kind}, ${name}`);
    }
  }

  /** The secret itself, and its form in Basic authentication. */
  addLogin(userId: string, kind: string, secret: string): void {
    this.add(kind, secret);
    this.add(`${kind} as login`, `${userId}:${secret}`);
  }

  /** The secrets in `text`, by kind and encoding. Every API token counts, known or not. */
  findIn(text: string): string[] {
    const known = [...this.#forms].filter(([form]) => text.includes(form)).map(([, kind]) => kind);
    return /\b11[0-9a-f]{32}\b/.test(text) ? [...known, "something like an API token"] : known;
  }

  /** The secrets in the files below `folder`, with their paths. Compressed files are searched, too. Links are not followed. */
  findBelow(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return this.findBelow(path);
      return entry.isFile() ? this.findIn(contentOf(path)).map((kind) => `${path}: ${kind}`) : [];
    });
  }

  /** `text` without secrets, for the message of a failed assertion. */
  mask(text: string): string {
    return [...this.#forms].reduce((masked, [form, kind]) => masked.replaceAll(form, `<${kind}>`), text);
  }
}

function contentOf(file: string): string {
  const bytes = readFileSync(file);
  const isPacked = bytes.length > 2 && bytes.readUInt16BE(0) === 0x1f8b;
  return (isPacked ? gunzipSync(bytes) : bytes).toString("utf8");
}
