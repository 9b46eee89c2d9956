/** Time zones that the browser knows. */

const UTC = "UTC";

/** The zone of the viewer's machine. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || UTC;

/** The zones to choose from, with the present choice among them. */
export function zones(chosen: string): string[] {
  return [...new Set([ownZone(), UTC, chosen, ...Intl.supportedValuesOf("timeZone")])];
}
