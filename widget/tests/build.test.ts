import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const BUILT = "../web/static/widget/kasgate.js";

/** Features by the browsers that first had them, all newer than the oldest in docs/widget.md. */
const TOO_NEW = {
  "a static block (Safari 16.4)": /\bstatic\s*\{/,
  "a look-behind (Safari 16.4)": /\(\?<[=!]/,
  "#x in y (Safari 15, Chrome 91)": /#\w+ in /,
  "at() (Safari 15.4)": /\.at\(/,
  "Object.hasOwn (Safari 15.4)": /\bhasOwn\(/,
  "structuredClone (Safari 15.4)": /\bstructuredClone\b/,
  "randomUUID (Safari 15.4)": /\brandomUUID\b/,
  "findLast (Safari 15.4)": /\.findLast/,
  "toSorted (Safari 16)": /\.to(Sorted|Reversed|Spliced)\(/,
};

it("uses nothing that the oldest browsers lack", () => {
  const script = readFileSync(BUILT, "utf8");
  for (const [name, form] of Object.entries(TOO_NEW)) expect(script, name).not.toMatch(form);
});
