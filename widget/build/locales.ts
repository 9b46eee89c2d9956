/** Packs `web/locales/*.json` into the module `virtual:locales`. A missing text fails the build. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../web/locales", import.meta.url));

export type Message = string | Record<string, string>;
export type Messages = Record<string, Message>;

const ORDER = "en pt es it fr nl de pl tr ru ar zh ja ko";

function place(code: string): number {
  const at = ORDER.indexOf(code);
  return at < 0 ? ORDER.length : at;
}

/** By language code. English is first, since its keys are the reference. */
export function readLocales(): Map<string, Messages> {
  const codes = readdirSync(FOLDER).map((name) => name.replace(/\.json$/, ""));
  // Related languages stand together, which compresses a little better.
  codes.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
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
      if (!message.trim() || /[\n|]/.test(message)) wrong.push(`${code}.json: ${key} can't be packed`);
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

/** One text per line, in the order of the keys. A plural begins with a bar: `|one=…|other=…`. */
function pack(messages: Messages, keys: string[]): string {
  return keys
    .map((key) => {
      const message = messages[key] as Message;
      if (typeof message === "string") return message;
      return Object.entries(message)
        .map(([category, text]) => `|${category}=${text}`)
        .join("");
    })
    .join("\n");
}

/** The module's source. Throws an Error if a locale is incomplete. */
export function localesModule(): string {
  const all = readLocales();
  const english = all.get("en") as Messages;
  const wrong = [...all].flatMap(([code, messages]) => localeProblems(code, messages, english));
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const keys = Object.keys(english);
  const texts = Object.fromEntries([...all].map(([code, messages]) => [code, pack(messages, keys)]));
  return `export const keys=${JSON.stringify(keys.join(" "))}.split(" ");
export const texts=${JSON.stringify(texts)};`;
}
