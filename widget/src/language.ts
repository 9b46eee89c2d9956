/** The widget's texts in one language. */

import { codes } from "virtual:locales";
import english from "../../web/locales/en.json";
import { inTime, isRecord } from "./api";
import { sompiParts } from "./format";

export type Key = keyof typeof english;
export type Values = Readonly<Record<string, string | number>>;
type Texts = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)/;

/** The available languages, English first. */
export const LANGUAGES: readonly string[] = codes;

const loaded = new Map<string, Texts>([["en", english]]);

/** The first available one of the wanted languages, by primary subtag; otherwise English. */
export function chooseLanguage(wanted: readonly (string | null | undefined)[]): string {
  for (const tag of wanted) {
    const code = tag?.toLowerCase().split(/[-_]/)[0];
    if (code !== undefined && LANGUAGES.includes(code)) return code;
  }
  return "en";
}

export const isLoaded = (code: string): boolean => loaded.has(code);

/** Takes the texts of a language that the page was delivered with. */
export function takeTexts(code: string, texts: unknown): void {
  if (isRecord(texts)) loaded.set(code, texts as Texts);
}

/** Loads the texts of a language. Never rejects: without them the widget is in English. */
export async function loadTexts(code: string, apiUrl: string): Promise<void> {
  try {
    const response = await inTime(fetch(`${apiUrl}/widget/locales/${code}.json`));
    if (response.ok) takeTexts(code, await inTime(response.json()));
  } catch {
    // The gateway is unreachable, which the widget shows by other means.
  }
}

export class Language {
  readonly code: string;
  readonly direction: "ltr" | "rtl";
  readonly #texts: Texts;
  /** With Western digits, since shoppers compare the amount with the one in their wallet. */
  readonly #locale: string;

  /** English if the language's texts are not loaded. */
  constructor(code: string) {
    this.code = isLoaded(code) ? code : "en";
    this.direction = RIGHT_TO_LEFT.test(this.code) ? "rtl" : "ltr";
    this.#texts = loaded.get(this.code) ?? english;
    this.#locale = `${this.code}-u-nu-latn`;
  }

  /** A text with its {placeholders} filled. The value `n` selects the plural form. */
  text(key: Key, values: Values = {}): string {
    const found = this.#texts[key] ?? english[key];
    const text = typeof found === "string" ? found : this.#form(found, values);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  }

  #form(forms: Readonly<Record<string, string>>, values: Values): string {
    const form = new Intl.PluralRules(this.code).select(Number(values["n"]));
    return forms[form] ?? forms["other"] ?? "";
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
