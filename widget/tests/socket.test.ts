import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SessionApi } from "../src/api";
import { readFrame, reconnectDelay, SessionSocket, type News } from "../src/socket";
import { FakeSocket, ID } from "./gateway";

const links: boolean[] = [];
const told: [News, boolean][] = [];
const renewals: boolean[] = [];
let line: SessionSocket;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
  for (const list of [links, told, renewals]) list.length = 0;
  line = new SessionSocket({
    url: "ws://gateway/ws",
    sessionId: ID,
    token: async (renew) => {
      renewals.push(renew);
      return renew ? "new" : "first";
    },
    onNews: (news, mayBeStale) => told.push([news, mayBeStale]),
    onLink: (isUp) => links.push(isUp),
  });
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  line.close();
  vi.useRealTimers();
});

function newest(): FakeSocket {
  return FakeSocket.all.at(-1) as FakeSocket;
}

const snapshot = { type: "session", id: ID, status: "pending", confirmations: 0 };

it("subscribes with its token and passes on the updates of its session", () => {
  newest().open();
  expect(newest().sent).toEqual([{ type: "subscribe", sessionId: ID, token: "first" }]);
  newest().tell({ ...snapshot, requiredConfirmations: 10 });
  newest().tell({ type: "status", sessionId: "another", status: "confirmed", confirmations: 10 });
  newest().tell({ type: "confirmations", sessionId: ID, confirmations: 4, required: 10 });
  expect(links).toEqual([true]);
  expect(told).toEqual([
    [{ status: "pending", confirmations: 0, requiredConfirmations: 10 }, false],
    [{ confirmations: 4, requiredConfirmations: 10 }, false],
  ]);
});

it("reconnects after every loss and reports that updates may be missing", async () => {
  newest().open();
  newest().tell(snapshot);
  for (let loss = 1; loss <= 30; loss += 1) {
    newest().lose();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(FakeSocket.all).toHaveLength(loss + 1);
  }
  newest().open();
  newest().tell(snapshot);
  expect(links).toEqual([true, false, true]);
  expect(told.at(-1)?.[1]).toBe(true);
});

it("asks for another token when the server refuses the one it has", async () => {
  newest().open();
  newest().tell({ type: "error", message: "Invalid subscription token", sessionId: ID });
  await vi.advanceTimersByTimeAsync(1_000);
  newest().open();
  expect(renewals).toEqual([false, true]);
  expect(newest().sent[0]).toMatchObject({ token: "new" });
});

it("passes on the amounts of a frame, and drops malformed ones", () => {
  const payment = { txId: "ab", amountSompi: "5", state: "seen", late: false };
  const frame = {
    ...{ type: "status", sessionId: ID, receivedSompi: "5", remainingSompi: "-1", late: true },
    payments: [payment, { ...payment, amountSompi: "5.5" }, { ...payment, state: "imagined" }, null],
  };
  const news = { receivedSompi: "5", late: true, payments: [payment] };
  expect(readFrame(JSON.stringify(frame), ID)).toEqual({ type: "status", news });
});

it("gives up a connection that answers no ping", async () => {
  newest().open();
  newest().tell(snapshot);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(newest().sent.at(-1)).toEqual({ type: "ping" });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(links).toEqual([true, false]);
});

it("tries again when the call for a token is never answered", async () => {
  line.close();
  let asked = 0;
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return new Promise(() => undefined);
  });
  const api = new SessionApi("http://gateway", ID, new AbortController().signal);
  line = new SessionSocket({
    url: "ws://gateway/ws",
    sessionId: ID,
    token: () => api.token(),
    onNews: () => undefined,
    onLink: () => undefined,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBeGreaterThan(1);
});

it("connects at once when the browser is online again", async () => {
  newest().lose();
  window.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.all).toHaveLength(2);
});

it("stays silent after it was closed", async () => {
  const socket = newest();
  socket.open();
  line.close();
  socket.tell(snapshot);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  expect(FakeSocket.all).toHaveLength(1);
});

it("backs off with jitter up to a ceiling", () => {
  expect(reconnectDelay(0, 0)).toBe(250);
  expect(reconnectDelay(3, 1)).toBe(4000);
  expect(reconnectDelay(1_000_000, 0.999)).toBeLessThanOrEqual(15_000);
});

it.each(["no json", "null", "[]", '{"type":"pong"}', '{"type":"status","sessionId":"other"}'])(
  "ignores the frame %s",
  (data) => expect(readFrame(data, ID).news).toBeUndefined(),
);
