import { expect, it } from "vitest";
import { qrModules, qrPath } from "../src/qr";
// Kept by tests/web/test_qr.py, which holds the gateway's encoder to segno's.
import vectors from "./qr-vectors.json";


it.each(vectors)("draws $text as the reference does, module by module", ({ text, rows }) => {
  const drawn = qrModules(text).map((row) => row.map((dark) => (dark ? "#" : ".")).join(""));
  expect(drawn).toEqual(rows);
});

it("draws a path that covers exactly the dark modules, inside of the quiet zone", () => {
  const modules = qrModules(vectors[0]?.text as string);
  const runs = [...qrPath(modules).matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)];
  const painted = modules.map((row) => row.map(() => false));
  for (const [, x, y, width] of runs) {
    for (let i = 0; i < Number(width); i++) {
      (painted[Number(y) - 4] as boolean[])[Number(x) - 4 + i] = true;
    }
  }
  expect(painted).toEqual(modules);
});

it("refuses a text that no payment link has", () => {
  expect(() => qrModules("x".repeat(107))).toThrow(RangeError);
});
