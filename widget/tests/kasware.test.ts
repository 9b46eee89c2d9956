import { afterEach, expect, it, vi } from "vitest";
import { hasKasWare, payWithKasWare } from "../src/browser/kasware";

const ADDRESS = "kaspatest:qqabc";
const sendKaspa = vi.fn(async (_address: string, _sompi: number) => "tx");

function install(account: string, network?: string): void {
  vi.stubGlobal("kasware", {
    requestAccounts: async () => [account],
    ...(network === undefined ? {} : { getNetwork: async () => network }),
    sendKaspa,
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
  sendKaspa.mockClear();
});

it("is offered only where the wallet is", () => {
  expect(hasKasWare()).toBe(false);
  install("kaspatest:x");
  expect(hasKasWare()).toBe(true);
});

it("is given the exact number of sompi", async () => {
  install("kaspatest:x", "kaspa_testnet_10");
  expect(await payWithKasWare(ADDRESS, 1_250_000_000n, "testnet-10")).toBeUndefined();
  expect(sendKaspa).toHaveBeenCalledWith(ADDRESS, 1_250_000_000);
});

it.each([
  ["kaspa:x", "kaspa_mainnet"],
  ["kaspatest:x", "kaspa_testnet_11"],
])("is refused with an account %s on %s", async (account, network) => {
  install(account, network);
  expect(await payWithKasWare(ADDRESS, 1n, "testnet-10")).toBe("walletNetwork");
  expect(sendKaspa).not.toHaveBeenCalled();
});

it("is not given an amount that a JavaScript number can't hold exactly", async () => {
  install("kaspatest:x");
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  expect(await payWithKasWare(ADDRESS, largest, undefined)).toBeUndefined();
  expect(await payWithKasWare(ADDRESS, largest + 1n, undefined)).toBe("tooLarge");
  expect(sendKaspa).toHaveBeenCalledTimes(1);
});

it("may refuse", async () => {
  install("kaspatest:x");
  sendKaspa.mockRejectedValueOnce(new Error("User rejected"));
  expect(await payWithKasWare(ADDRESS, 1n, undefined)).toBe("walletRefused");
});
