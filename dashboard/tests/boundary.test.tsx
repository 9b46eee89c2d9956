import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { Boundary } from "../src/ui/Boundary";

function Broken(): ReactNode {
  throw new TypeError("Failed to fetch dynamically imported module");
}

it("shows an error in place of a page that failed", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  await act(async () => root.render(<Boundary><Broken /></Boundary>));
  expect(place.textContent).toContain("This page could not be shown");
  expect(place.textContent).toContain("dynamically imported");
  expect(place.querySelector("button")?.textContent).toBe("Reload");
  await act(async () => root.unmount());
});
