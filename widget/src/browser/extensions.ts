/**
 * The extensions KasWare and Kastle. Their amounts are JavaScript numbers, so only exact ones are
 * passed. Kastle's interface is that of docs/README.md in forbole/kastle.
 */

import { networkOf, problemOf, type Bill, type Wallet, type WalletProblem } from "./wallets";

interface KasWare {
  requestAccounts(): Promise<string[]>;
  getNetwork?(): Promise<string>;
  sendKaspa(address: string, sompi: number): Promise<unknown>;
}

interface Kastle {
  connect(): Promise<boolean>;
  getAccount(): Promise<{ address: string }>;
  getNetwork?(): Promise<string>;
  sendKaspa(address: string, sompi: number): Promise<unknown>;
}

function found<Methods extends string>(name: string, ...methods: Methods[]): Partial<Record<Methods, unknown>> | undefined {
  const object = (window as unknown as Record<string, Record<string, unknown> | undefined>)[name];
  const isUsable = methods.every((method) => typeof object?.[method] === "function");
  return isUsable ? (object as Partial<Record<Methods, unknown>>) : undefined;
}

/** The network is recognized by the prefix of the wallet's address and, for testnets, by the number in its name. */
async function send(
  wallet: Pick<KasWare, "getNetwork" | "sendKaspa">,
  account: string,
  { address, sompi, network }: Bill,
): Promise<WalletProblem | undefined> {
  const prefix = address.slice(0, address.indexOf(":") + 1);
  if (!account.startsWith(prefix)) return "walletNetwork";
  const wanted = networkOf(network);
  const actual = networkOf(await wallet.getNetwork?.());
  if (wanted !== undefined && actual !== undefined && wanted !== actual) return "walletNetwork";
  await wallet.sendKaspa(address, Number(sompi));
  return undefined;
}

async function tried(bill: Bill, account: () => Promise<string | undefined>, wallet: KasWare | Kastle): Promise<WalletProblem | undefined> {
  if (bill.sompi > BigInt(Number.MAX_SAFE_INTEGER)) return "tooLarge";
  try {
    const own = await account();
    return own === undefined ? "walletLocked" : await send(wallet, own, bill);
  } catch (error) {
    return problemOf(error);
  }
}

/** The known extensions in this page. */
export function knownWallets(): Wallet[] {
  const wallets: Wallet[] = [];
  const kasware = found("kasware", "requestAccounts", "sendKaspa") as KasWare | undefined;
  if (kasware !== undefined) {
    const account = async (): Promise<string | undefined> => (await kasware.requestAccounts())[0];
    wallets.push({ id: "kasware", name: "KasWare", pay: (bill) => tried(bill, account, kasware) });
  }
  const kastle = found("kastle", "connect", "getAccount", "sendKaspa") as Kastle | undefined;
  if (kastle !== undefined) {
    const account = async (): Promise<string | undefined> =>
      (await kastle.connect()) ? (await kastle.getAccount()).address : undefined;
    wallets.push({ id: "kastle", name: "Kastle", pay: (bill) => tried(bill, account, kastle) });
  }
  return wallets;
}
