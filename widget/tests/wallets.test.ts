import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { announcedWallets, discover } from "../src/browser/announced";
import { problemOf, remember, wallets, type Bill, type Wallet } from "../src/browser/wallets";

const BILL: Bill = { address: "kaspatest:qqabc", sompi: 1_250_000_000n, network: "testnet-10" };
const sendKaspa = vi.fn(async (_address: string, _sompi: number) => "tx");

function installKasWare(account: string | undefined, network?: string): void {
  vi.stubGlobal("kasware", {
    requestAccounts: async () => (account === undefined ? [] : [account]),
    ...(network === undefined ? {} : { getNetwork: async () => network }),
    sendKaspa,
  });
}

function installKastle(isConnected: boolean, network: string): void {
  vi.stubGlobal("kastle", {
    connect: async () => isConnected,
    getAccount: async () => ({ address: "kaspatest:x", publicKey: "02" }),
    getNetwork: async () => network,
    sendKaspa,
  });
}

function walletOf(id: string): Wallet {
  const wallet = wallets().find((each) => each.id === id);
  if (wallet === undefined) throw new Error(`${id} is not offered`);
  return wallet;
}

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.unstubAllGlobals();
  sendKaspa.mockClear();
});

it("offers only the wallets that are there", () => {
  expect(wallets()).toEqual([]);
  installKasWare("kaspatest:x");
  installKastle(true, "testnet-10");
  expect(wallets().map(({ name }) => name)).toEqual(["KasWare", "Kastle"]);
});

it("puts the wallet that was used last first", () => {
  installKasWare("kaspatest:x");
  installKastle(true, "testnet-10");
  remember("kastle");
  expect(wallets().map(({ id }) => id)).toEqual(["kastle", "kasware"]);
});

it("gives the exact number of sompi", async () => {
  installKasWare("kaspatest:x", "kaspa_testnet_10");
  installKastle(true, "testnet-10");
  for (const id of ["kasware", "kastle"]) expect(await walletOf(id).pay(BILL)).toBeUndefined();
  expect(sendKaspa.mock.calls).toEqual([
    ["kaspatest:qqabc", 1_250_000_000],
    ["kaspatest:qqabc", 1_250_000_000],
  ]);
});

it.each([
  ["kaspa:x", "kaspa_mainnet"],
  ["kaspatest:x", "kaspa_testnet_11"],
])("is refused with an account %s on %s", async (account, network) => {
  installKasWare(account, network);
  expect(await walletOf("kasware").pay(BILL)).toBe("walletNetwork");
  expect(sendKaspa).not.toHaveBeenCalled();
});

it("recognizes the network of Kastle, and that it is locked", async () => {
  installKastle(true, "mainnet");
  vi.stubGlobal("kastle", { ...window["kastle" as keyof Window], getAccount: async () => ({ address: "kaspa:x" }) });
  expect(await walletOf("kastle").pay(BILL)).toBe("walletNetwork");
  installKastle(false, "testnet-10");
  expect(await walletOf("kastle").pay(BILL)).toBe("walletLocked");
  installKasWare(undefined);
  expect(await walletOf("kasware").pay(BILL)).toBe("walletLocked");
  expect(sendKaspa).not.toHaveBeenCalled();
});

it("gives no amount that a JavaScript number can't hold exactly", async () => {
  installKasWare("kaspatest:x");
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  expect(await walletOf("kasware").pay({ ...BILL, sompi: largest })).toBeUndefined();
  expect(await walletOf("kasware").pay({ ...BILL, sompi: largest + 1n })).toBe("tooLarge");
  expect(sendKaspa).toHaveBeenCalledTimes(1);
});

it.each([
  [new Error("User rejected"), "walletRefused"],
  [{ code: 4001, message: "User Rejected Request" }, "walletRefused"],
  [{ code: 4100 }, "walletLocked"],
  [{ code: 4902 }, "walletNetwork"],
  [undefined, "walletRefused"],
])("has words for the error %j", (error, problem) => expect(problemOf(error)).toBe(problem));

function announce(name: unknown, rdns: unknown, request: unknown): void {
  const detail = Object.freeze({ info: Object.freeze({ uuid: "1", name, rdns, icon: "data:," }), provider: { request } });
  const say = (): boolean => window.dispatchEvent(new CustomEvent("kaspa:announceProvider", { detail }));
  window.addEventListener("kaspa:requestProvider", say);
  say();
}

it("offers wallets that announce themselves, before or after, and asks them by the draft's methods", async () => {
  const asked: unknown[] = [];
  const request = async (call: { method: string }): Promise<unknown> => {
    asked.push(call);
    return { kaspa_requestAccounts: ["kaspatest:x"], kaspa_chainId: "testnet-10", kaspa_sendTransaction: "tx" }[call.method];
  };
  announce("Early", "com.example.early", request);
  const changed = vi.fn();
  const end = discover(changed);
  expect(changed).toHaveBeenCalled();
  announce("KasWare", "xyz.kasware", request);
  installKasWare("kaspatest:x");
  // One wallet, though it has both interfaces.
  expect(wallets().map(({ id }) => id)).toEqual(["com.example.early", "xyz.kasware"]);
  expect(await walletOf("com.example.early").pay(BILL)).toBeUndefined();
  expect(asked.at(-1)).toEqual({
    method: "kaspa_sendTransaction",
    params: [{ outputs: [{ address: "kaspatest:qqabc", amount: "1250000000" }] }],
  });
  expect(await walletOf("com.example.early").pay({ ...BILL, network: "mainnet" })).toBe("walletNetwork");
  end();
});

it("takes no announcement that is malformed, repeated, or one too many", () => {
  const end = discover(() => undefined);
  const before = announcedWallets().length;
  announce("", "com.example.empty", async () => []);
  announce(5, "com.example.number", async () => []);
  announce("No provider", "com.example.none", undefined);
  announce("Again", "com.example.early", async () => []);
  window.dispatchEvent(new CustomEvent("kaspa:announceProvider", { detail: null }));
  expect(announcedWallets().length).toBe(before);
  for (let place = 0; place < 20; place += 1) announce(`Many ${place}`, `com.example.many${place}`, async () => []);
  expect(announcedWallets().length).toBe(6);
  end();
});
