/** The time zone of the dashboard's days and times: the browser's, or another that was chosen here. */

const UTC = "UTC";
const CHOSEN = "kasgate-time-zone";

const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || UTC;

function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The zone that was chosen in this browser; empty for the browser's own. */
export function chosenZone(): string {
  try {
    const zone = localStorage.getItem(CHOSEN) ?? "";
    return zone !== "" && isKnown(zone) ? zone : "";
  } catch {
    return ""; // Storage may be switched off.
  }
}

/** The zone in which days and times are shown. */
export const ownZone = (): string => chosenZone() || browserZone();

/** The zones to choose from, with the present choice among them. */
export function zones(chosen: string): string[] {
  return [...new Set([browserZone(), UTC, chosen, ...Intl.supportedValuesOf("timeZone")])].filter((zone) => zone !== "");
}

/** Stores the choice, empty for the browser's zone, and reloads the page in it. */
export function chooseZone(zone: string): void {
  try {
    if (zone === "") localStorage.removeItem(CHOSEN);
    else localStorage.setItem(CHOSEN, zone);
  } catch {
    // Without storage the browser's zone stays.
  }
  location.reload();
}
