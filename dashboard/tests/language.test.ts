import i18next from "i18next";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { locale, loadLanguage, number, preferredLanguage, t } from "../src/texts";
import { formatKas } from "../src/ui/Figures";

beforeEach(() => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["ar-EG", "de-CH", "en"]);
});

afterEach(async () => {
  vi.restoreAllMocks();
  localStorage.clear();
  await i18next.changeLanguage("en");
});

it("writes numbers and amounts with the digits of a wallet", async () => {
  await i18next.changeLanguage("ar");
  expect(locale()).toBe("ar-EG-u-nu-latn");
  for (const text of [number(1234567), formatKas("1234567.00000001"), t("{{count, number}} payments", { count: 1234567 })]) {
    expect(text).toMatch(/1\D234\D567/);
    expect(text).not.toMatch(/[\u0660-\u0669]/);
  }
});

it("groups digits as the browser's region does", async () => {
  await i18next.changeLanguage("de");
  // Versions of the locale data differ in the apostrophe.
  expect(number(1234567.5)).toMatch(/^1['’]234['’]567\.5$/);
  expect(t("{{count, number}} payments", { count: 1234567 })).toMatch(/^1['’]234['’]567 /);
});

it("is in English without a catalogue of the browser's languages", async () => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["xx-YY"]);
  localStorage.setItem("kasgate-language", "xx");
  expect(preferredLanguage()).toBe("en");
  await loadLanguage("xx");
  expect(document.documentElement.lang).toBe("en");
  expect(document.documentElement.dir).toBe("ltr");
});
