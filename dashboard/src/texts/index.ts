/**
 * The texts of the dashboard. The key of a text is the English text itself. `en.json` has only the
 * plural forms; each other language has a catalogue with all texts, which loads when it is chosen.
 *
 * A text is given as a literal, `t("Sign out")`, so that a test can compare the catalogues with the code.
 */

import i18next, { type TOptions } from "i18next";
import { initReactI18next } from "react-i18next";
import english from "./en.json";

/** The languages of the checkout page, by their own names. */
const NAMES: Readonly<Record<string, string>> = {
  ar: "العربية",
  de: "Deutsch",
  en: "English",
  es: "Español",
  fr: "Français",
  it: "Italiano",
  ja: "日本語",
  ko: "한국어",
  nl: "Nederlands",
  pl: "Polski",
  pt: "Português",
  ru: "Русский",
  tr: "Türkçe",
  zh: "中文",
};
const RIGHT_TO_LEFT: readonly string[] = ["ar"];
const CHOSEN = "kasgate-language";

const catalogues = import.meta.glob<Record<string, string>>(["./*.json", "!./en.json"], { import: "default" });
const fileOf = (language: string): string => `./${language}.json`;

/** The languages that have a catalogue, with their own names. */
export const LANGUAGES = Object.entries(NAMES).filter(
  ([language]) => language === "en" || fileOf(language) in catalogues,
);

void i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: english } },
  initAsync: false,
  showSupportNotice: false,
  // Texts are keys, and contain both separators.
  keySeparator: false,
  nsSeparator: false,
  // React escapes.
  interpolation: { escapeValue: false },
} as Parameters<typeof i18next.init>[0]);
i18next.services.formatter?.add("number", (value: number | bigint) => number(value));

/** The text in the chosen language. `{{name}}` in it is replaced by the value of that name. */
export function t(text: string, values?: TOptions): string {
  return i18next.t(text, values ?? {});
}

const primary = (tag: string): string => tag.toLowerCase().split("-")[0] ?? "";

function stored(): string | null {
  try {
    return localStorage.getItem(CHOSEN);
  } catch {
    return null; // Storage may be switched off.
  }
}

/** The language that was chosen in this browser, else the first of the browser's that is known. */
export function preferredLanguage(): string {
  const wanted = [stored() ?? "", ...navigator.languages.map(primary), "en"];
  return wanted.find((language) => LANGUAGES.some(([known]) => known === language)) ?? "en";
}

/** The chosen language. */
export const language = (): string => i18next.language;

/** The chosen language with the browser's region, as numbers and dates need it. Digits are 0 to 9, as in a wallet. */
export function locale(): string {
  const tag = navigator.languages.find((each) => primary(each) === i18next.language) ?? i18next.language;
  return new Intl.Locale(tag, { numberingSystem: "latn" }).toString();
}

/** Stores the choice of a language and reloads the page in it. */
export function chooseLanguage(chosen: string): void {
  try {
    localStorage.setItem(CHOSEN, chosen);
  } catch {
    // Without storage the browser's own order of languages decides.
  }
  location.reload();
}

/** Loads a language. Call it before the pages are loaded, since some texts are read with their modules. */
export async function loadLanguage(chosen: string): Promise<void> {
  const load = catalogues[fileOf(chosen)];
  if (load !== undefined) {
    i18next.addResourceBundle(chosen, "translation", await load());
    await i18next.changeLanguage(chosen);
  }
  document.documentElement.lang = i18next.language;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(i18next.language) ? "rtl" : "ltr";
}

/** A number with the digits and separators of the chosen language. */
export function number(value: number | bigint, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale(), options).format(value);
}
