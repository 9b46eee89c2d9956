import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeSocket, ID, sessionBody } from "../../widget/tests/gateway";
import { App } from "../src/App";

const PROFILE = {
  id: "mer_1",
  name: "Tea & Sons",
  nextAddressIndex: 7,
  createdAt: "2026-01-02T03:04:05.000Z",
};

let root: Root;
let requests: { path: string; init: RequestInit }[];
let answers: Record<string, () => Response>;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  sessionStorage.clear();
  requests = [];
  answers = {
    "/health/ready": () => Response.json({ ready: true }),
    "/api/v1/merchants/me": () => Response.json(PROFILE),
    "/api/v1/sessions": () =>
      Response.json({ id: ID, subscriptionToken: "issued" }, { status: 201 }),
    [`/api/v1/sessions/${ID}`]: () => Response.json(sessionBody()),
  };
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const path = new URL(url, "http://gateway.test").pathname;
    requests.push({ path, init });
    return (answers[path] ?? (() => Response.json({}, { status: 404 })))();
  });
  document.body.innerHTML = "<div></div>";
  root = createRoot(document.body.firstElementChild as Element);
});

afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

const settle = (): Promise<void> => act(async () => void (await vi.waitFor(() => undefined)));
const text = (): string => document.body.textContent ?? "";

async function fill(name: string, value: string): Promise<void> {
  const input = document.querySelector<HTMLInputElement>(`input[name=${name}]`);
  if (input === null) throw new Error(`no input ${name}`);
  input.value = value;
}

async function submit(): Promise<void> {
  const form = document.querySelector("form") as HTMLFormElement;
  await act(async () => {
    form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  });
  await settle();
}

async function signIn(key: string): Promise<void> {
  await act(async () => root.render(<App />));
  await fill("key", key);
  await submit();
}

it("signs in with a pasted key, keeps it in this tab only, and shows the profile", async () => {
  await signIn("  kg_live_abc ");
  expect(text()).toContain("Tea & Sons");
  expect(text()).toContain("Node and database ready");
  const profile = requests.find(({ path }) => path === "/api/v1/merchants/me");
  expect(profile?.init.headers).toMatchObject({ "X-API-Key": "kg_live_abc" });
  expect(sessionStorage.getItem("kasgate.apiKey")).toBe("kg_live_abc");
  expect(localStorage.length).toBe(0);
});

it("forgets a key that the gateway refuses", async () => {
  answers["/api/v1/merchants/me"] = () => Response.json({ message: "no" }, { status: 401 });
  await signIn("kg_live_wrong");
  expect(text()).toContain("This key is not valid.");
  expect(sessionStorage.getItem("kasgate.apiKey")).toBeNull();
});

it("creates a session and follows it live", async () => {
  await signIn("kg_live_abc");
  await fill("amount", "10.5");
  await fill("orderId", "tea-1");
  await submit();
  const creation = requests.find(({ path }) => path === "/api/v1/sessions");
  expect(JSON.parse(String(creation?.init.body))).toEqual({ amount: "10.5", orderId: "tea-1" });
  expect(creation?.init.headers).toHaveProperty("Idempotency-Key");
  const socket = FakeSocket.all.at(-1) as FakeSocket;
  socket.open();
  expect(socket.sent[0]).toMatchObject({ type: "subscribe", sessionId: ID, token: "issued" });
  answers[`/api/v1/sessions/${ID}`] = () => Response.json(sessionBody({ status: "confirming" }));
  await act(async () =>
    socket.tell({ type: "status", sessionId: ID, status: "confirming", confirmations: 2 }),
  );
  await act(async () =>
    socket.tell({ type: "confirmations", sessionId: ID, confirmations: 4, required: 10 }),
  );
  expect(text()).toContain("confirming, 4 of 10 confirmations");
});

it("says what is wrong with a refused amount and repeats it under the same key", async () => {
  answers["/api/v1/sessions"] = () =>
    Response.json(
      { message: "wrong", details: [{ field: "amount", message: "must be at least 0.2" }] },
      { status: 400 },
    );
  await signIn("kg_live_abc");
  await fill("amount", "0.1");
  await submit();
  expect(text()).toContain("amount: must be at least 0.2");
  await submit();
  const keys = requests
    .filter(({ path }) => path === "/api/v1/sessions")
    .map(({ init }) => (init.headers as Record<string, string>)["Idempotency-Key"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

it("shows that the node is away", async () => {
  answers["/health/ready"] = () => Response.json({ ready: false, error: "no node" }, { status: 503 });
  await act(async () => root.render(<App />));
  await settle();
  expect(text()).toContain("Not ready: no node");
});
