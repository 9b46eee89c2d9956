/** The KasWare extension. Its amounts are JavaScript numbers, so only exact ones are passed. */

interface KasWare {
  requestAccounts(): Promise<string[]>;
  getNetwork?(): Promise<string>;
  sendKaspa(address: string, sompi: number): Promise<unknown>;
}

export type WalletProblem = "walletNetwork" | "walletRefused" | "tooLarge";

function wallet(): KasWare | undefined {
  const found = (window as { kasware?: Partial<KasWare> }).kasware;
  const isUsable =
    typeof found?.sendKaspa === "function" && typeof found.requestAccounts === "function";
  return isUsable ? (found as KasWare) : undefined;
}

export function hasKasWare(): boolean {
  return wallet() !== undefined;
}

/**
 * Asks the wallet to send. Resolves to the problem, or to undefined on success. The network is
 * recognized by the prefix of the wallet's address and, for testnets, by the number in its name.
 */
export async function payWithKasWare(
  address: string,
  sompi: bigint,
  network: string | undefined,
): Promise<WalletProblem | undefined> {
  const found = wallet();
  if (found === undefined) return "walletRefused";
  if (sompi > BigInt(Number.MAX_SAFE_INTEGER)) return "tooLarge";
  try {
    const [account = ""] = await found.requestAccounts();
    const prefix = address.slice(0, address.indexOf(":") + 1);
    if (!account.startsWith(prefix)) return "walletNetwork";
    const wanted = network?.match(/\d+$/)?.[0];
    const actual = (await found.getNetwork?.())?.match(/\d+$/)?.[0];
    if (wanted !== undefined && actual !== undefined && wanted !== actual) return "walletNetwork";
    await found.sendKaspa(address, Number(sompi));
    return undefined;
  } catch {
    // The shopper declined or has too little KAS. The wallet has already shown why.
    return "walletRefused";
  }
}
