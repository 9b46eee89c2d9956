/** The widget's texts in one language. */

import { keys, texts } from "virtual:locales";
import type english from "../../web/locales/en.json";
import { sompiParts } from "./format";

export type Key = keyof typeof english;
export type Values = Readonly<Record<string, string | number>>;

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)/;

/** The available languages, English first. */
export const LANGUAGES: readonly string[] = Object.keys(texts);

/** The first available one of the wanted languages, by primary subtag; otherwise English. */
export function chooseLanguage(wanted: readonly (string | null | undefined)[]): string {
  for (const tag of wanted) {
    const code = tag?.toLowerCase().split(/[-_]/)[0];
    if (code !== undefined && LANGUAGES.includes(code)) return code;
  }
  return "en";
}

export class Language {
  readonly code: string;
  readonly direction: "ltr" | "rtl";
  readonly #texts: readonly string[];
  /** With Western digits, since shoppers compare the amount with the one in their wallet. */
  readonly #locale: string;

  constructor(code: string) {
    this.code = code;
    this.direction = RIGHT_TO_LEFT.test(code) ? "rtl" : "ltr";
    this.#texts = (texts[code] ?? "").split("\n");
    this.#locale = `${code}-u-nu-latn`;
  }

  /** A text with its {placeholders} filled. The value `n` selects the plural form. */
  text(key: Key, values: Values = {}): string {
    let text = this.#texts[keys.indexOf(key)] ?? key;
    if (text.startsWith("|")) {
      const forms = new Map(
        text.slice(1).split("|").map((form) => form.split("=", 2) as [string, string]),
      );
      const category = new Intl.PluralRules(this.code).select(Number(values["n"]));
      text = forms.get(category) ?? forms.get("other") ?? "";
    }
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  }

  /** Sompi as KAS for display: grouped, with the language's decimal mark, and exact. */
  kas(sompi: string | bigint): string {
    const [whole, fraction] = sompiParts(sompi);
    const grouped = new Intl.NumberFormat(this.#locale).format(whole);
    if (fraction === "") return grouped;
    const parts = new Intl.NumberFormat(this.#locale).formatToParts(0.5);
    const mark = parts.find((part) => part.type === "decimal")?.value ?? ".";
    return grouped + mark + fraction;
  }

  money(value: string, currency: string): string {
    try {
      const format = new Intl.NumberFormat(this.#locale, { style: "currency", currency });
      return format.format(Number(value));
    } catch {
      return `${value} ${currency}`;
    }
  }

  time(at: number): string {
    return new Intl.DateTimeFormat(this.#locale, { timeStyle: "medium" }).format(at);
  }

  moment(at: number): string {
    const style = { dateStyle: "medium", timeStyle: "short" } as const;
    return new Intl.DateTimeFormat(this.#locale, style).format(at);
  }
}
