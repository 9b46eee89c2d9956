import { act } from "react";
import { beforeEach, expect, it } from "vitest";
import { contrast, textColor } from "../src/settings/contrast";
import { gateway, MERCHANT, open, press, problem, see, submit, text, until, useFakeGateway } from "./gateway";

useFakeGateway();

const ME = "/api/v1/merchants/me";
const LOGO = `${ME}/logo`;
const DIGEST = "ab".repeat(32);

type Sample = Record<string, unknown> & { brand?: Record<string, string> };

/** The sessions that the preview gave to the widget. */
const drawn: Sample[] = [];

/** Stands in for the script of the gateway, which the browser tests load. */
class Widget extends HTMLElement {
  preview(session: Sample): void {
    drawn.push(session);
  }
}
customElements.define("kasgate-widget", Widget);

beforeEach(() => {
  drawn.length = 0;
});

/** Types as a person does: React hears of the new value. */
async function type(name: string, value: string): Promise<void> {
  const field = document.querySelector<HTMLInputElement>(`[name="${name}"]`);
  if (field === null) throw new Error(`no field ${name}`);
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
  await act(async () => {
    write?.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

async function chooseFile(file: File): Promise<void> {
  const field = document.querySelector<HTMLInputElement>('[name="logo"]') as HTMLInputElement;
  Object.defineProperty(field, "files", { value: [file], configurable: true });
  await act(async () => void field.dispatchEvent(new Event("change", { bubbles: true })));
}

const last = (): Sample => drawn.at(-1) as Sample;

it("previews each state, with the branding that is typed and not yet saved", async () => {
  await open("/settings/branding");
  await until(() => drawn.length > 0, "the preview");
  expect(last()).toMatchObject({ status: "pending", paidState: "none", merchantName: "Tea & Sons", orderId: "A-1001" });
  expect(last().brand).toBeUndefined();
  await type("brandColor", "#FFD400");
  await type("supportEmail", "help@tea.example");
  expect(last().brand).toEqual({ color: "#ffd400", textColor: "#000000", supportEmail: "help@tea.example" });
  for (const [name, wanted] of [
    ["Part paid", { status: "pending", paidState: "partial", dueSompi: "625000000" }],
    ["Confirming", { status: "confirming", confirmations: 4 }],
    ["Paid", { status: "confirmed" }],
    ["Expired", { status: "expired", cancelled: false }],
    ["Cancelled", { status: "expired", cancelled: true }],
  ] as const) {
    await press(name);
    expect(last()).toMatchObject(wanted);
    expect(last().brand?.["color"]).toBe("#ffd400");
  }
  await press("Dark");
  expect(document.querySelector("kasgate-widget")?.getAttribute("theme")).toBe("dark");
  // Nobody pays an example by mistake.
  expect(document.querySelector("kasgate-widget")?.closest("[inert]")).not.toBeNull();
});

it("shows the contrast while a colour is typed", async () => {
  await open("/settings/branding");
  await see("Colour of buttons");
  await type("brandColor", "#ffd40");
  expect(text()).not.toContain("Text on it");
  await type("brandColor", "#ffd400");
  await see("Text on it is black: 14.7 : 1");
  expect(text()).toContain("On the light page: 1.4 : 1");
  expect(text()).toContain("hard to see on that page");
  await type("brandColor", "#1a8f80");
  expect(text()).toContain("Text on it is black: 5.3 : 1");
  expect(text()).not.toContain("hard to see");
});

it("saves what is given and clears what is emptied, and stays as it is", async () => {
  const saved = { ...MERCHANT, supportEmail: "help@tea.example" };
  gateway.answers[`GET ${ME}`] = saved;
  gateway.answers[`PATCH ${ME}`] = { ...MERCHANT, brandColor: "#0a7468", updatedAt: "2026-02-02T00:00:00.000Z" };
  await open("/settings/branding");
  await until(() => drawn.length > 0, "the preview");
  await press("Paid");
  await type("brandColor", "#0A7468");
  await type("supportEmail", "");
  await submit("brandColor");
  await see("Saved. Open checkouts show it");
  expect(gateway.last(`PATCH ${ME}`).body).toEqual({ brandColor: "#0A7468", supportUrl: null, supportEmail: null });
  expect(last()["status"]).toBe("confirmed");
});

it("marks the field that the gateway refuses", async () => {
  gateway.answers[`PATCH ${ME}`] = problem(400, "supportUrl: …", {
    details: [{ field: "supportUrl", message: "This must be an https:// URL without a user name." }],
  });
  await open("/settings/branding");
  await see("Support page");
  await type("supportUrl", "https://a@b.example");
  await submit("supportUrl");
  await see("without a user name");
  expect(document.querySelector('[name="supportUrl"]')?.getAttribute("aria-invalid")).toBe("true");
});

it("uploads a logo as it is, shows it on both pages, and removes it", async () => {
  const withLogo = { ...MERCHANT, logoUrl: `/logos/${DIGEST}.png` };
  gateway.answers[`PUT ${LOGO}`] = withLogo;
  gateway.answers[`DELETE ${LOGO}`] = MERCHANT;
  await open("/settings/branding");
  await see("No logo yet");
  const file = new File(["png"], "logo.png", { type: "image/png" });
  await chooseFile(file);
  await see("Remove logo");
  const asked = gateway.last(`PUT ${LOGO}`);
  expect(asked.body).toBe(file);
  expect(asked.headers["Content-Type"]).toBe("application/octet-stream");
  expect(asked.headers["X-KasGate-CSRF"]).toBe("csrf-1");
  const images = [...document.querySelectorAll<HTMLImageElement>(".logo")];
  expect(images.map((image) => new URL(image.src).pathname)).toEqual([withLogo.logoUrl, withLogo.logoUrl]);
  expect(last().brand).toEqual({ logoUrl: withLogo.logoUrl });
  await press("Remove logo");
  await see("No logo yet");
  expect(last().brand).toBeUndefined();
});

it("says why an image was refused, and sends none that is too large", async () => {
  gateway.answers[`PUT ${LOGO}`] = problem(400, "This file is an SVG or another text. Export it as a PNG.", {
    code: "image_refused",
  });
  await open("/settings/branding");
  await see("No logo yet");
  await chooseFile(new File(["<svg/>"], "logo.svg", { type: "image/svg+xml" }));
  await see("Export it as a PNG");
  const before = gateway.asked.length;
  await chooseFile(new File([new Uint8Array(512 * 1024 + 1)], "large.png"));
  await see("larger than 512 KiB");
  expect(gateway.asked.length).toBe(before);
  expect(text()).not.toContain("Export it as a PNG");
});

it("computes contrast as the gateway does", () => {
  // The same figures as in tests/branding/test_color.py.
  for (const [first, second, expected] of [
    ["#000000", "#ffffff", 21],
    ["#777777", "#ffffff", 4.48],
    ["#ff0000", "#ffffff", 4.0],
    ["#0000ff", "#ffffff", 8.59],
    ["#49eacb", "#000000", 13.91],
  ] as const) {
    expect(contrast(first, second)).toBeCloseTo(expected, 1);
    expect(contrast(second, first)).toBe(contrast(first, second));
  }
  expect(["#ffd400", "#49eacb", "#0a7468", "#000000"].map(textColor)).toEqual(["#000000", "#000000", "#ffffff", "#ffffff"]);
});
