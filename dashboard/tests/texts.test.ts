/**
 * Compares the code with the catalogues: every text that a person sees comes from `t` or `<Trans>`, and
 * every catalogue has exactly these texts, with their values, in its language's plural forms.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSync } from "vite";
import { describe, expect, it } from "vitest";

const SRC = resolve(__dirname, "../src");
const CATALOGUES = join(SRC, "texts");
/** Attributes that are shown or read aloud. */
const SHOWN = new Set(["label", "hint", "title", "aria-label", "submit", "alt", "placeholder"]);
/** Words that are the same in every language, and addresses. */
const UNTRANSLATED = /^((https?:|\/)\S*|KAS|KasGate|UTC|[^A-Za-z]*)$/;
/** A translation may be this much longer than the English text. */
const GROWTH = 2.2;
const SPARE = 14;

type Node = { type: string; start: number } & Record<string, unknown>;

const files = (readdirSync(SRC, { recursive: true }) as string[]).filter(
  (name) => /\.tsx?$/.test(name) && !name.includes("openapi"),
);

function visit(node: unknown, look: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (Array.isArray(node)) {
    for (const each of node) visit(each, look, parent);
  } else if (typeof node === "object" && node !== null && "type" in node) {
    look(node as Node, parent);
    for (const value of Object.values(node)) visit(value, look, node as Node);
  }
}

interface Found {
  texts: Set<string>;
  /** Texts that are given with `count`. */
  plurals: Set<string>;
  wrong: string[];
}

function namesOf(node: unknown): string[] {
  const { properties = [] } = (node ?? {}) as { properties?: { key?: { name?: string } }[] };
  return properties.map(({ key }) => key?.name ?? "");
}

function search(): Found {
  const found: Found = { texts: new Set(), plurals: new Set(), wrong: [] };
  for (const file of files) {
    const source = readFileSync(join(SRC, file), "utf8");
    const { program } = parseSync(file, source);
    const at = (node: Node): string => `${file}:${source.slice(0, node.start).split("\n").length}`;
    const take = (text: unknown, node: Node, isPlural: boolean): void => {
      if (typeof text !== "string") {
        if (!file.startsWith("texts")) found.wrong.push(`${at(node)}: the text is not a literal`);
        return;
      }
      found.texts.add(text);
      if (isPlural) found.plurals.add(text);
    };
    visit(program, (node, parent) => {
      if (node.type === "CallExpression" && (node["callee"] as Node)["name"] === "t") {
        const [text, values] = node["arguments"] as Node[];
        take(text?.["value"], node, namesOf(values).includes("count"));
      } else if (node.type === "JSXOpeningElement" && (node["name"] as Node)["name"] === "Trans") {
        const attributes = node["attributes"] as { name: { name: string }; value: { value?: unknown } }[];
        const key = attributes.find(({ name }) => name.name === "i18nKey");
        take(key?.value.value, node, attributes.some(({ name }) => name.name === "count"));
      } else if (node.type === "JSXText" && !UNTRANSLATED.test(String(node["value"]).trim())) {
        found.wrong.push(`${at(node)}: ${String(node["value"]).trim()}`);
      } else if (node.type === "JSXAttribute") {
        const value = node["value"] as Node | null;
        const name = String((node["name"] as Node)["name"]);
        if (value?.type === "Literal" && SHOWN.has(name) && !UNTRANSLATED.test(String(value["value"]))) {
          found.wrong.push(`${at(node)}: ${name}="${String(value["value"])}"`);
        }
      } else if (node.type === "ConditionalExpression" && parent?.type === "JSXExpressionContainer") {
        for (const side of [node["consequent"], node["alternate"]] as Node[]) {
          if (side.type === "Literal" && /[A-Za-z]{3}/.test(String(side["value"])) && !isCode(node, source)) {
            found.wrong.push(`${at(node)}: ${String(side["value"])}`);
          }
        }
      }
    });
  }
  return found;
}

/** Whether the value is for the browser: a class, a type, a state. */
function isCode(node: Node, source: string): boolean {
  return /(className|aria-\w+|type|role|state|to)=\{$/.test(source.slice(0, node.start));
}

const { texts, plurals, wrong } = search();
const keysIn = (language: string): string[] =>
  [...texts].flatMap((text) =>
    plurals.has(text)
      ? new Intl.PluralRules(language).resolvedOptions().pluralCategories.map((form) => `${text}_${form}`)
      : [text],
  );
const catalogueOf = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(join(CATALOGUES, `${language}.json`), "utf8")) as Record<string, string>;
const valuesIn = (text: string): string[] => (text.match(/\{\{\s*\w+/g) ?? []).map((name) => name.slice(2).trim());
const elementsIn = (text: string): string[] => (text.match(/<\/?\w+\/?>/g) ?? []).toSorted();
const bare = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, "");

it("has no text outside of the catalogue", () => {
  expect(wrong).toEqual([]);
});

it("has English forms for one and for many, and nothing else", () => {
  const english = catalogueOf("en");
  expect(Object.keys(english).toSorted()).toEqual([...plurals].flatMap((text) => [`${text}_one`, `${text}_other`]).toSorted());
});

const languages = readdirSync(CATALOGUES)
  .filter((name) => name.endsWith(".json") && name !== "en.json")
  .map((name) => name.replace(".json", ""));

describe.each(languages)("the catalogue %s", (language) => {
  const catalogue = catalogueOf(language);
  const known = keysIn(language);

  it("has every text, and no other", () => {
    const has = Object.keys(catalogue);
    expect({
      missing: known.filter((key) => !(catalogue[key] ?? "").trim()),
      unused: has.filter((key) => !known.includes(key)),
    }).toEqual({ missing: [], unused: [] });
  });

  it("keeps the values and the elements of each text", () => {
    const changed = Object.entries(catalogue).filter(([key, text]) => {
      const english = bare(key);
      // A form for one or two may say the number in words.
      const lacks = valuesIn(english).filter((name) => !valuesIn(text).includes(name));
      const mayLack = /_(zero|one|two)$/.test(key) ? ["count"] : [];
      const adds = valuesIn(text).filter((name) => !valuesIn(english).includes(name));
      return (
        lacks.some((name) => !mayLack.includes(name)) ||
        adds.length > 0 ||
        elementsIn(english).join() !== elementsIn(text).join()
      );
    });
    expect(changed).toEqual([]);
  });

  it("has no text that is too long for its place", () => {
    const long = Object.entries(catalogue).filter(([key, text]) => text.length > bare(key).length * GROWTH + SPARE);
    expect(long).toEqual([]);
  });
});

export { keysIn, plurals, texts };
