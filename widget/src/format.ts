/** Amounts, links and times as text. Amounts are strings or bigints, never floats. */

const SOMPI_PER_KAS = 100_000_000n;

/** A KAS amount without trailing zeros: `10.50000000` → `10.5`. */
export function trimKas(amount: string): string {
  return amount.includes(".") ? amount.replace(/\.?0+$/, "") : amount;
}

/** Whole KAS, and the decimals without trailing zeros. */
export function sompiParts(sompi: string | bigint): [bigint, string] {
  const value = BigInt(sompi);
  const fraction = (value % SOMPI_PER_KAS).toString().padStart(8, "0").replace(/0+$/, "");
  return [value / SOMPI_PER_KAS, fraction];
}

/** A sompi amount in KAS, plain digits: `"150000000"` → `1.5`. */
export function sompiToKas(sompi: string | bigint): string {
  const [whole, fraction] = sompiParts(sompi);
  return fraction === "" ? whole.toString() : `${whole}.${fraction}`;
}

/** A KAS amount in sompi: `"1.5"` → `150000000n`. The text must be a plain decimal. */
export function kasToSompi(amount: string): bigint {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole) * SOMPI_PER_KAS + BigInt(fraction.padEnd(8, "0").slice(0, 8));
}

/** The link that opens a wallet. The address already contains the scheme. */
export function paymentLink(address: string, amount: string): string {
  return `${address}?amount=${trimKas(amount)}`;
}

/** An address in groups for comparison by eye: its prefix, then four characters each. */
export function addressGroups(address: string): string[] {
  const [prefix = "", payload = ""] = address.split(":");
  return [`${prefix}:`, ...(payload.match(/.{1,4}/g) ?? [])];
}

/** A transaction id shortened to its first and last eight characters. */
export function shortId(id: string): string {
  return id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-8)}` : id;
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

/** The transaction's page, at the explorer of this address page; undefined if that is unknown. */
export function transactionPage(explorerUrl: string, txId: string): string | undefined {
  const base = /^(https:\/\/[^/]+)\/addresses\/[^/]+$/.exec(explorerUrl)?.[1];
  return base === undefined ? undefined : `${base}/txs/${txId}`;
}

/** The shop's page with the session's id; undefined if `redirectUrl` is not a web address. */
export function returnLink(redirectUrl: string, sessionId: string): string | undefined {
  try {
    const url = new URL(redirectUrl);
    if (!/^https?:$/.test(url.protocol)) return undefined;
    url.searchParams.set("sessionId", sessionId);
    return url.href;
  } catch {
    return undefined;
  }
}

/** The shop's contact, with the order and the payment filled in; undefined without one. */
export function contactLink(
  { supportUrl, supportEmail }: { supportUrl?: string; supportEmail?: string },
  sessionId: string,
  order: string | undefined,
): string | undefined {
  const page = supportUrl === undefined ? undefined : returnLink(supportUrl, sessionId);
  if (page !== undefined) {
    const url = new URL(page);
    if (order !== undefined) url.searchParams.set("orderId", order);
    return url.href;
  }
  if (supportEmail === undefined) return undefined;
  const subject = order === undefined ? sessionId : `${order} (${sessionId})`;
  return `mailto:${encodeURIComponent(supportEmail).replace("%40", "@")}?subject=${encodeURIComponent(subject)}`;
}
