// @vitest-environment node
import { expect, it } from "vitest";
import { localeProblems, readLocales, type Messages } from "../build/locales";
import { chooseLanguage, LANGUAGES, Language, takeTexts } from "../src/language";

const locales = readLocales();
const english = locales.get("en") as Messages;
for (const [code, texts] of locales) takeTexts(code, texts);

it.each([...locales])("%s has every text, its placeholders and its plurals", (code, messages) => {
  expect(localeProblems(code, messages, english)).toEqual([]);
});

it("finds a missing text, a wrong placeholder and a missing plural", () => {
  const { waiting: _, ...rest } = english;
  const broken = { ...rest, returnTo: "Zurück", confirmations: { one: "eine" } };
  expect(localeProblems("de", broken, english).sort()).toEqual([
    "de.json: confirmations lacks the plural other",
    "de.json: returnTo has other {placeholders} than English",
    "de.json: waiting is missing",
  ]);
});

it("speaks at least a dozen languages", () => expect(LANGUAGES.length).toBeGreaterThanOrEqual(12));

it.each([
  [["de-CH"], "de"],
  [[null, "tlh", "pt_BR", "en"], "pt"],
  [["xx"], "en"],
])("of %j it chooses %s", (wanted, code) => expect(chooseLanguage(wanted)).toBe(code));

it.each([
  ["en", 1, "1 of 10 confirmation"],
  ["ru", 3, "3 из 10 подтверждений"],
  ["ja", 3, "10 回中 3 回の承認"],
])("counts in %s", (code, n, said) => {
  expect(new Language(code).text("confirmations", { n, total: 10 })).toBe(said);
});

it("writes amounts for the eye, exactly, in western digits", () => {
  expect(new Language("de").kas("2870000000000000001")).toBe("28.700.000.000,00000001");
  expect(new Language("ar").kas("150000000")).toMatch(/^1[.٫]5$/);
  expect(new Language("en").kas("1")).toBe("0.00000001");
});
