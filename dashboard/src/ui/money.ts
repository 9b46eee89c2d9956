/** Arithmetic of prices and sums: whole numbers only, never floats. */

import { kasToSompi, sompiToKas } from "@widget/format";
import type { ValueSum } from "../api/types";

const SOMPI_PER_KAS = 100_000_000n;
/** Decimals of KAS that a list shows. Smaller amounts get as many as they need. */
export const LIST_DECIMALS = 2;
const SMALL_DECIMALS = 4;

/** The digits of a decimal as one whole number, and how many of them are behind the point. */
export function digitsOf(decimal: string): [digits: bigint, decimals: number] {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return [BigInt(whole + fraction), fraction.length];
}

/** A whole number of smallest units as a decimal: `1250n, 2` → `12.50`. */
export function decimalOf(digits: bigint, decimals: number): string {
  if (decimals === 0) return digits.toString();
  const text = digits.toString().padStart(decimals + 1, "0");
  return `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}

/**
 * The KAS that the gateway would ask for at this rate: rounded up at the eighth decimal, as it does.
 * Undefined unless both are decimals above zero.
 */
export function kasFor(price: string, rate: string): string | undefined {
  if (!/^[0-9]{1,15}(\.[0-9]+)?$/.test(price) || !/^[0-9]+(\.[0-9]+)?$/.test(rate)) return undefined;
  const [value, valueDecimals] = digitsOf(price);
  const [perKas, rateDecimals] = digitsOf(rate);
  if (value === 0n || perKas === 0n) return undefined;
  const above = value * SOMPI_PER_KAS * 10n ** BigInt(rateDecimals);
  const below = perKas * 10n ** BigInt(valueDecimals);
  return sompiToKas((above + below - 1n) / below);
}

/** An amount of KAS for a list, halves rounded up; undefined if it needs no rounding. */
export function roundedKas(amount: string): string | undefined {
  const sompi = kasToSompi(amount);
  const decimals = sompi >= SOMPI_PER_KAS ? LIST_DECIMALS : SMALL_DECIMALS;
  const unit = 10n ** BigInt(8 - decimals);
  if (sompi % unit === 0n || sompi < unit) return undefined;
  return sompiToKas(((2n * sompi + unit) / (2n * unit)) * unit);
}

/** The sum of sums of values, all of one currency. */
export function sumOfValues(sums: readonly ValueSum[]): { known: bigint; decimals: number; unknown: number } {
  let known = 0n;
  let decimals = 0;
  let unknown = 0;
  for (const sum of sums) {
    const [digits, places] = digitsOf(sum.knownAmount);
    known += digits;
    decimals = places;
    unknown += sum.unknownPayments;
  }
  return { known, decimals, unknown };
}
