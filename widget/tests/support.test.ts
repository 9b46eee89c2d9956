import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KasGateWidget } from "../src/index";
import { dress, hostedPage, isCapable } from "../src/browser/support";
import { FakeGateway, ID, sessionBody } from "./gateway";

beforeEach(() => {
  vi.useFakeTimers();
  new FakeGateway().install();
});

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function widget(...children: Element[]): HTMLElement {
  const element = document.createElement("kasgate-widget");
  element.setAttribute("session-id", ID);
  element.setAttribute("api-url", "https://gateway.test/kasgate/");
  element.append(...children);
  document.body.append(element);
  return element;
}

it("accepts this browser, and none that lacks a required feature", () => {
  expect(isCapable()).toBe(true);
  for (const name of ["Intl", "fetch", "BigInt", "queueMicrotask", "TextEncoder"]) {
    vi.stubGlobal(name, undefined);
    expect(isCapable(), name).toBe(false);
    vi.unstubAllGlobals();
  }
});

it("keeps its content where it cannot run, and adds a link if it is empty", () => {
  vi.stubGlobal("Intl", undefined);
  const own = document.createElement("a");
  expect(widget(own).childNodes).toHaveLength(1);
  const link = widget().querySelector("a");
  expect(link?.href).toBe(`https://gateway.test/kasgate/pay/${ID}`);
  expect(link?.textContent).toBe("Kaspa payment");
  expect(widget().shadowRoot).toBeNull();
});

it("leaves the server's card until it has a payment to show, then removes its frame", async () => {
  const frame = document.createElement("iframe");
  const data = document.createElement("script");
  data.type = "application/json";
  data.textContent = JSON.stringify(sessionBody({ serverTime: new Date().toISOString() }));
  const element = widget(frame, data);
  expect(frame.isConnected).toBe(true);
  expect(element.shadowRoot?.querySelector("slot")).not.toBeNull();
  await vi.advanceTimersByTimeAsync(0);
  expect(frame.isConnected).toBe(false);
  expect(element.shadowRoot?.querySelector("section")?.dataset["scene"]).toBe("waiting");
});

it("keeps the server's card when it cannot load the payment", async () => {
  const failures: unknown[] = [];
  document.body.addEventListener("kasgate:error", (event) => failures.push(event));
  const frame = document.createElement("iframe");
  vi.stubGlobal("fetch", async () => Response.json({ message: "Session not found" }, { status: 404 }));
  widget(frame);
  await vi.advanceTimersByTimeAsync(0);
  expect(frame.isConnected).toBe(true);
  expect(failures).toHaveLength(1);
});

it("works without AbortController", async () => {
  vi.stubGlobal("AbortController", undefined);
  const element = widget();
  await vi.advanceTimersByTimeAsync(0);
  expect(element.shadowRoot?.querySelector("section")?.dataset["scene"]).toBe("waiting");
});

it("uses a style element where style sheets cannot be constructed", () => {
  vi.stubGlobal("CSSStyleSheet", undefined);
  const root = document.createElement("div").attachShadow({ mode: "open" });
  document.body.append(root.host);
  const told: boolean[] = [];
  dress(root, "p { color: red }", undefined, (isDressed) => told.push(isDressed));
  expect(told).toEqual([true]);
  expect(root.querySelector("style")?.textContent).toBe("p { color: red }");
});

it("names the hosted page under the gateway's path", () => {
  expect(hostedPage("https://host/kasgate", "a b")).toBe("https://host/kasgate/pay/a%20b");
  expect(KasGateWidget.observedAttributes).toContain("session-id");
});
