/** The wallets of this browser in one list, the one used last first. */

import { announcedWallets } from "./announced";
import { knownWallets } from "./extensions";

/** What a wallet is asked to send. */
export interface Bill {
  address: string;
  sompi: bigint;
  network: string | undefined;
}

/** The key of the sentence about a payment that was not sent. */
export type WalletProblem = "walletNetwork" | "walletRefused" | "walletLocked" | "tooLarge";

export interface Wallet {
  /** Stable across page loads. */
  id: string;
  name: string;
  /** Asks the wallet to send. Resolves to the problem, or to undefined on success. */
  pay: (bill: Bill) => Promise<WalletProblem | undefined>;
}

/** The id of the payment link, which any wallet app may open. */
export const LINK = "link";
const USED = "kasgate-wallet";

/** The number of a test network in any of its names: `testnet-10`, `kaspa_testnet_10`. */
export const networkOf = (name: string | undefined): string | undefined => name?.match(/\d+$/)?.[0];

const LOCKED = [4100, 4900];
const OTHER_NETWORK = [4901, 4902];

/** The problem behind an error of a wallet, by the codes of EIP-1193, which wallets of Kaspa use. */
export function problemOf(error: unknown): WalletProblem {
  const code = Number((error as { code?: unknown } | null | undefined)?.code);
  if (LOCKED.includes(code)) return "walletLocked";
  // Otherwise the shopper declined or has too little KAS. The wallet has already shown why.
  return OTHER_NETWORK.includes(code) ? "walletNetwork" : "walletRefused";
}

/** The extensions of this page. An announced one that is also known by its own interface is one wallet. */
export function wallets(): Wallet[] {
  const announced = announcedWallets();
  const names = announced.map(({ name }) => name.toLowerCase());
  const found = [...announced, ...knownWallets().filter(({ name }) => !names.includes(name.toLowerCase()))];
  const last = lastUsed();
  return found.sort((a, b) => Number(b.id === last) - Number(a.id === last));
}

export function lastUsed(): string | null {
  try {
    return localStorage.getItem(USED);
  } catch {
    return null; // Storage may be switched off.
  }
}

export function remember(id: string): void {
  try {
    localStorage.setItem(USED, id);
  } catch {
    // The order of the list is then always the same.
  }
}
