/** Reads `web/locales/*.json` for the build. A missing text fails it. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../web/locales");

export type Message = string | Record<string, string>;
export type Messages = Record<string, Message>;

/** By language code. English is first, since its keys are the reference. */
export function readLocales(): Map<string, Messages> {
  const codes = readdirSync(FOLDER).map((name) => name.replace(/\.json$/, ""));
  codes.sort((a, b) => Number(b === "en") - Number(a === "en") || a.localeCompare(b));
  return new Map(
    codes.map((code) => [
      code,
      JSON.parse(readFileSync(`${FOLDER}/${code}.json`, "utf8")) as Messages,
    ]),
  );
}

function placeholders(text: string): string {
  return [...new Set(text.match(/\{\w+\}/g))].sort().join();
}

/** The differences of a locale from English, as sentences. */
export function localeProblems(code: string, messages: Messages, english: Messages): string[] {
  const wrong: string[] = [];
  for (const key of new Set([...Object.keys(english), ...Object.keys(messages)])) {
    const model = english[key];
    const message = messages[key];
    if (model === undefined) wrong.push(`${code}.json: ${key} is not a key of en.json`);
    else if (message === undefined) wrong.push(`${code}.json: ${key} is missing`);
    else if (typeof model !== typeof message) wrong.push(`${code}.json: ${key} has the wrong kind`);
    else if (typeof model === "string" && typeof message === "string") {
      if (!message.trim()) wrong.push(`${code}.json: ${key} is empty`);
      if (placeholders(model) !== placeholders(message)) {
        wrong.push(`${code}.json: ${key} has other {placeholders} than English`);
      }
    } else if (typeof message === "object") {
      const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories.join();
      const given = Object.keys(message);
      const lacks = needed.split(",").filter((category) => !given.includes(category));
      if (lacks.length > 0) wrong.push(`${code}.json: ${key} lacks the plural ${lacks.join()}`);
    }
  }
  return wrong;
}

/** The module's source: the codes, English first. Throws an Error if a locale is incomplete. */
export function localesModule(): string {
  const all = readLocales();
  const english = all.get("en") as Messages;
  const wrong = [...all].flatMap(([code, messages]) => localeProblems(code, messages, english));
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return `export const codes=${JSON.stringify([...all.keys()])};`;
}
