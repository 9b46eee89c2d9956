/** Amounts, times, ids and states as elements. */

import { shortId, trimKas } from "@widget/format";
import { locale, number } from "../texts";
import { nameOf } from "../texts/states";
import { ownZone } from "./zones";

/** The whole KAS, grouped by the viewer's locale, and at least `least` decimals with their separator. */
function kasParts(amount: string, least = 0): [whole: string, decimals: string] {
  const [whole = "0", fraction = ""] = trimKas(amount).split(".");
  const grouped = number(BigInt(whole));
  const decimals = fraction.padEnd(least, "0");
  if (decimals === "") return [grouped, ""];
  const separator = number(1.5).replace(/\p{Nd}/gu, "") || ".";
  return [grouped, separator + decimals];
}

/** A KAS amount with its digits grouped; exact, never a float. */
export const formatKas = (amount: string): string => kasParts(amount).join("");

/** In a narrow place the line breaks before the decimals, never inside a number. `least` is for columns. */
export function Kas({ amount, least = 0 }: { amount: string; least?: number }) {
  const [whole, decimals] = kasParts(amount, least);
  return (
    <span className="kas">
      <span>{whole}</span>
      <wbr />
      {decimals !== "" && <span className="decimals">{decimals}</span>} <small>KAS</small>
    </span>
  );
}

const IN_ZONE = { dateStyle: "medium", timeZone: ownZone() } as const;
const SHOWN = new Intl.DateTimeFormat(locale(), { ...IN_ZONE, timeStyle: "short" });
const PRECISE = new Intl.DateTimeFormat(locale(), { ...IN_ZONE, timeStyle: "medium" });

/** A time in the chosen time zone, with UTC as its tooltip. */
export function When({ at, precise = false }: { at: string; precise?: boolean }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <>{at}</>;
  const utc = `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return (
    <time dateTime={at} title={utc}>
      {(precise ? PRECISE : SHOWN).format(date)}
    </time>
  );
}

export function Id({ id }: { id: string }) {
  return (
    <code title={id} className="id">
      {shortId(id)}
    </code>
  );
}

/** The status of a payment or a delivery. The text carries the meaning, not only the colour. */
export function Badge({ state, name = nameOf(state) }: { state: string; name?: string }) {
  return <span className={`badge ${state}`}>{name}</span>;
}
