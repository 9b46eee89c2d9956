/** Builds elements from attributes and text nodes only, so that data is never parsed as markup. */

export type Child = Node | string;

export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A decorative drawing, hidden from screen readers: the text beside it has the meaning. */
export function drawing(box: number, path: string, className: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `0 0 ${box} ${box}`);
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** Sets a text only if it differs, since a live region is read out at each write. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(isShown: boolean, ...elements: HTMLElement[]): void {
  for (const element of elements) element.hidden = !isShown;
}

const ICONS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V12l3 2",
  alert: "M12 8v5m0 3.2v.3M12 3L2.5 20h19z",
  cross: "M6.5 6.5l11 11m0-11l-11 11",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3",
  coin: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 8v8m5-8l-5 4 5 4",
} as const;

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return drawing(24, ICONS[name], `icon ${name}`);
}
