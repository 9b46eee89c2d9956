/** Amounts in other currencies, and rounded amounts of KAS, as elements. */

import { useState } from "react";
import type { PaymentValue, ValueSum } from "../api/types";
import { locale, t } from "../texts";
import { formatKas, Kas } from "./Figures";
import { LIST_DECIMALS, roundedKas } from "./money";

/** An amount of a currency in the viewer's locale, exact: `€12.50`. */
export function moneyText(amount: string, currency: string): string {
  const places = amount.split(".")[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locale(), {
    style: "currency",
    currency,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  // As text, so that no digit passes through a float.
  return format.format(amount as `${number}`);
}

const RATE_DIGITS = 5;

/** The price of one KAS, rounded for reading. */
export function rateText(rate: string, currency: string): string {
  const format = new Intl.NumberFormat(locale(), { style: "currency", currency, maximumSignificantDigits: RATE_DIGITS });
  return format.format(rate as `${number}`);
}

export function Money({ amount, currency }: { amount: string; currency: string }) {
  return <span className="money">{moneyText(amount, currency)}</span>;
}

/** The value of one payment, or a word if it is not known. */
export function Value({ value }: { value: PaymentValue | undefined }) {
  if (value === undefined) return <span className="quiet">{t("unknown")}</span>;
  const rate = t("At {{rate}} for one KAS", { rate: rateText(value.rate, value.currency) });
  return (
    <span title={rate}>
      <Money {...value} />
    </span>
  );
}

/** A sum of values. A part is never shown as the whole: the payments without a value are named. */
export function Worth({ sum }: { sum: ValueSum | undefined }) {
  if (sum === undefined) return <span className="quiet">–</span>;
  if (sum.unknownPayments === 0) return <Money amount={sum.knownAmount} currency={sum.currency} />;
  if (sum.knownPayments === 0) return <span className="quiet">{t("unknown")}</span>;
  return (
    <span>
      <Money amount={sum.knownAmount} currency={sum.currency} />{" "}
      <small>{t("+ {{count, number}} without a value", { count: sum.unknownPayments })}</small>
    </span>
  );
}

/** An amount in a list: rounded. A press, or the keyboard, shows the exact figure. */
export function ListedKas({ amount }: { amount: string }) {
  const [isExact, setIsExact] = useState(false);
  const rounded = roundedKas(amount);
  if (rounded === undefined) return <Kas amount={amount} least={LIST_DECIMALS} />;
  return (
    <button
      type="button"
      className="exact"
      title={t("Exactly {{amount}} KAS", { amount: formatKas(amount) })}
      aria-pressed={isExact}
      onClick={() => setIsExact(!isExact)}
    >
      <Kas amount={isExact ? amount : rounded} least={LIST_DECIMALS} />
    </button>
  );
}

/** The name of a currency in the chosen language. */
export function currencyName(code: string): string {
  return new Intl.DisplayNames([locale()], { type: "currency" }).of(code) ?? code;
}
