/** How amounts, addresses and times look; all amounts stay strings or bigints. */

const SOMPI_PER_KAS = 100_000_000n;

/** A KAS amount without idle zeros: `10.50000000` → `10.5`. */
export function trimKas(amount: string): string {
  return amount.includes(".") ? amount.replace(/\.?0+$/, "") : amount;
}

/** A sompi amount in KAS: `"150000000"` → `1.5`. */
export function sompiToKas(sompi: string): string {
  const value = BigInt(sompi);
  const fraction = (value % SOMPI_PER_KAS).toString().padStart(8, "0");
  return trimKas(`${value / SOMPI_PER_KAS}.${fraction}`);
}

/** The link that opens a wallet; the address already carries its scheme. */
export function paymentLink(address: string, amount: string): string {
  return `${address}?amount=${trimKas(amount)}`;
}

/** An address in groups of four after its prefix, to be compared by eye. */
export function groupAddress(address: string): string {
  const [prefix = "", payload = ""] = address.split(":");
  return `${prefix}: ${payload.replace(/(.{4})(?=.)/g, "$1 ")}`;
}

/** Remaining time as `m:ss` or `h:mm:ss`, never below zero. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}
