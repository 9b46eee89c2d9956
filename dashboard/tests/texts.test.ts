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
/** Words that are the same in every language, addresses, commands and media queries. */
const UNTRANSLATED = /^((https?:|\/)\S*|KAS|KasGate|UTC|kasgate [a-z ]+|\(prefers-.*\)|[^A-Za-z]*)$/;
/** A translation may be this much longer than the English text. */
const GROWTH = 2.2;
const SPARE = 14;
/** Attributes with several words for the browser, or with the key of a text. */
const CODE = new Set(["className", "viewBox", "i18nKey"]);
/** Two words in a row. */
const SENTENCE = /\p{L}{2,}[,.:;]? \p{L}/u;
/** Expressions whose value is one of their parts, or has it in it. */
const CHOICES = new Set(["ConditionalExpression", "LogicalExpression", "TemplateLiteral"]);
/** Files with programs in other languages. */
const PROGRAMS = /^pages\/snippets\.ts$/;

type Node = { type: string; start: number } & Record<string, unknown>;

const files = (readdirSync(SRC, { recursive: true }) as string[]).filter(
  (name) => /\.tsx?$/.test(name) && !name.includes("openapi"),
);

/** Visits each node with the nodes that contain it, the nearest first. */
function visit(node: unknown, look: (node: Node, above: readonly Node[]) => void, above: readonly Node[] = []): void {
  if (Array.isArray(node)) {
    for (const each of node) visit(each, look, above);
  } else if (typeof node === "object" && node !== null && "type" in node) {
    look(node as Node, above);
    for (const value of Object.values(node)) visit(value, look, [node as Node, ...above]);
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

function search(sources: readonly (readonly [file: string, source: string])[]): Found {
  const found: Found = { texts: new Set(), plurals: new Set(), wrong: [] };
  for (const [file, source] of sources) {
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
    visit(program, (node, above) => {
      if (node.type === "CallExpression" && (node["callee"] as Node)["name"] === "t") {
        const [text, values] = node["arguments"] as Node[];
        take(text?.["value"], node, namesOf(values).includes("count"));
      } else if (node.type === "JSXOpeningElement" && (node["name"] as Node)["name"] === "Trans") {
        const attributes = node["attributes"] as { name: { name: string }; value: { value?: unknown } }[];
        const key = attributes.find(({ name }) => name.name === "i18nKey");
        take(key?.value.value, node, attributes.some(({ name }) => name.name === "count"));
      } else if (isText(node, above) && !PROGRAMS.test(file)) {
        found.wrong.push(`${at(node)}: ${wordsOf(node).trim()}`);
      }
    });
  }
  return found;
}

const nameOf = (node: Node | undefined): string => String((node?.["name"] as Node | undefined)?.["name"]);

/** The words of a string, of a part of a template, or between two tags. */
function wordsOf({ type, value }: Node): string {
  if (type === "TemplateElement") return (value as { raw: string }).raw;
  return ["Literal", "JSXText"].includes(type) && typeof value === "string" ? value : "";
}

/** Whether these words are for people: on the page, read aloud, or a sentence anywhere else. */
function isText(node: Node, above: readonly Node[]): boolean {
  const words = wordsOf(node).trim();
  if (UNTRANSLATED.test(words)) return false;
  return isShown(node, above) || (SENTENCE.test(words) && !isCode(node, above));
}

function isShown(node: Node, above: readonly Node[]): boolean {
  const nearest = above.findIndex(({ type }) => !CHOICES.has(type));
  const [holder, owner] = above.slice(nearest);
  const attribute = [holder, owner].find((each) => each?.type === "JSXAttribute");
  if (attribute !== undefined) return SHOWN.has(nameOf(attribute));
  return node.type === "JSXText" || holder?.type === "JSXExpressionContainer";
}

/** Whether the string is the key of a text or of a table, or a value for the browser. */
function isCode(node: Node, above: readonly Node[]): boolean {
  const [holder] = above;
  if (holder?.type === "CallExpression") return (holder["callee"] as Node)["name"] === "t";
  if (holder?.type === "Property") return holder["key"] === node;
  return above.some((each) => each.type === "JSXAttribute" && CODE.has(nameOf(each)));
}

const { texts, plurals, wrong } = search(files.map((file) => [file, readFileSync(join(SRC, file), "utf8")]));
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

it.each([
  "<b>Paid</b>",
  "<b>{paid ? 'Paid' : t('Open')}</b>",
  "<b>{paid && 'Paid'}</b>",
  "<b>{`Paid ${sum}`}</b>",
  "<b title='Paid' />",
  "<b aria-label={paid ? t('Open') : 'Paid'} />",
  "<b hint={`${sum} paid`} />",
  "ask(paid ? 'It is paid.' : t('It is open.'))",
  "({ about: 'It is paid.' })",
  "t(paid)",
])("finds the text in %s", (source) => {
  expect(search([["page.tsx", source]]).wrong).toHaveLength(1);
});

it.each(["<b className='button small'>{t('It is paid.')}</b>", "<Trans i18nKey='It is paid.' />", "({ 'It is paid.': 1 })"])(
  "lets %s pass",
  (source) => {
    expect(search([["page.tsx", source]]).wrong).toEqual([]);
  },
);

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
