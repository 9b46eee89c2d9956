/**
 * Wallets that announce themselves by KCC-12, "Wallet provider" (github.com/kaspanet/kccs/pull/24), as
 * of September 2026: a draft without a published implementation. Only this module knows its version.
 */

import { isRecord } from "../api";
import { problemOf, type Bill, type Wallet, type WalletProblem } from "./wallets";

const ANNOUNCED = "kaspa:announceProvider";
const ASKED = "kaspa:requestProvider";
/** Any script of the page can announce wallets. */
const MOST = 6;
const LONGEST_NAME = 40;

interface Provider {
  request(asked: { method: string; params?: unknown[] }): Promise<unknown>;
}

const announced = new Map<string, Wallet>();

async function pay(provider: Provider, { address, sompi, network }: Bill): Promise<WalletProblem | undefined> {
  try {
    const accounts = await provider.request({ method: "kaspa_requestAccounts", params: [] });
    if (!Array.isArray(accounts) || accounts.length === 0) return "walletLocked";
    const chain = await provider.request({ method: "kaspa_chainId", params: [] });
    if (network !== undefined && chain !== network) return "walletNetwork";
    const outputs = [{ address, amount: sompi.toString() }];
    await provider.request({ method: "kaspa_sendTransaction", params: [{ outputs }] });
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

function take(detail: unknown): void {
  if (!isRecord(detail) || !isRecord(detail["info"]) || announced.size >= MOST) return;
  const { name, rdns } = detail["info"];
  const provider = detail["provider"] as Provider | undefined;
  if (typeof name !== "string" || typeof rdns !== "string" || name.trim() === "") return;
  // The first announcement of a wallet counts.
  if (announced.has(rdns) || typeof provider?.request !== "function") return;
  announced.set(rdns, { id: rdns, name: name.trim().slice(0, LONGEST_NAME), pay: (bill) => pay(provider, bill) });
}

export const announcedWallets = (): Wallet[] => [...announced.values()];

/** Calls `onChange` when a wallet announces itself. Returns the function that ends that. */
export function discover(onChange: () => void): () => void {
  const hear = (event: Event): void => {
    take((event as CustomEvent<unknown>).detail);
    onChange();
  };
  window.addEventListener(ANNOUNCED, hear);
  // Wallets that came earlier announce themselves again.
  window.dispatchEvent(new Event(ASKED));
  return () => window.removeEventListener(ANNOUNCED, hear);
}
