import { describe, expect, it } from "vitest";
import { countdown, groupAddress, paymentLink, sompiToKas, trimKas } from "../src/format";

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
  const grouped = groupAddress("kaspa:qqabcdefghi");
  expect(grouped).toBe("kaspa: qqab cdef ghi");
  expect(grouped.replaceAll(" ", "")).toBe("kaspa:qqabcdefghi");
});

it.each([
  [1_800_000, "30:00"],
  [59_001, "1:00"],
  [9_000, "0:09"],
  [3_600_000, "1:00:00"],
  [-5_000, "0:00"],
])("%i ms are left as %s", (left, shown) => expect(countdown(left)).toBe(shown));
