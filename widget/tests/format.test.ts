import { describe, expect, it } from "vitest";
import {
  addressGroups,
  countdown,
  kasToSompi,
  paymentLink,
  returnLink,
  sompiToKas,
  transactionPage,
  trimKas,
} from "../src/format";

describe("amounts", () => {
  it.each([
    ["10.50000000", "10.5"],
    ["10.00000000", "10"],
    ["100", "100"],
    ["0.00000001", "0.00000001"],
  ])("%s KAS is shown as %s", (given, shown) => expect(trimKas(given)).toBe(shown));

  it.each([
    ["1", "0.00000001"],
    ["150000000", "1.5"],
    ["2870000000000000000", "28700000000"],
    ["0", "0"],
  ])("%s sompi are %s KAS to the last digit", (sompi, kas) => expect(sompiToKas(sompi)).toBe(kas));
});

it("puts plain digits into the wallet's link and the prefix only once", () => {
  expect(paymentLink("kaspatest:qqabc", "10.50000000")).toBe("kaspatest:qqabc?amount=10.5");
});

it("groups an address by four without losing a character", () => {
  const groups = addressGroups("kaspa:qqabcdefghi");
  expect(groups).toEqual(["kaspa:", "qqab", "cdef", "ghi"]);
});

it.each(["0.00000001", "28700000000.00000001", "12.5", "3"])("%s KAS survive as sompi", (kas) => {
  expect(sompiToKas(kasToSompi(kas))).toBe(kas);
});

it("returns to the shop with the session's id, and only to a web address", () => {
  expect(returnLink("https://shop.example/a?b=1&sessionId=old#c", "new")).toBe(
    "https://shop.example/a?b=1&sessionId=new#c",
  );
  for (const url of ["javascript:alert(1)", "data:text/html,x", "/relative", ""]) {
    expect(returnLink(url, "id")).toBeUndefined();
  }
});

it("links a transaction only where the explorer of its address is known", () => {
  const address = "https://explorer.kaspa.org/addresses/kaspa:qq";
  expect(transactionPage(address, "ab")).toBe("https://explorer.kaspa.org/txs/ab");
  expect(transactionPage("http://127.0.0.1:3001/api/v1/sessions/x", "ab")).toBeUndefined();
});

it.each([
  [1_800_000, "30:00"],
  [59_001, "1:00"],
  [9_000, "0:09"],
  [3_600_000, "1:00:00"],
  [-5_000, "0:00"],
])("%i ms are left as %s", (left, shown) => expect(countdown(left)).toBe(shown));
