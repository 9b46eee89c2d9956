import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useRef, useState, type FormEvent } from "react";
import type { PageProps } from "./page";
import { idempotencyKey } from "../api/client";
import { createSession, rates } from "../api/gateway";
import type { NewSession, Rate } from "../api/types";
import { navigate } from "../router";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { Kas } from "../ui/Figures";
import { kasFor } from "../ui/money";
import { rateText } from "../ui/Worth";
import { t } from "../texts";

const MINUTE_S = 60;
const RATES_MS = 60_000;
const KAS = "KAS";
type Currency = Exclude<NewSession["amount"], string>["currency"];

function readForm(form: FormData): NewSession {
  const orderId = textOf(form, "orderId");
  const description = textOf(form, "description");
  const note = textOf(form, "note");
  const redirectUrl = textOf(form, "redirectUrl");
  const value = textOf(form, "amount");
  // The choices are those of the gateway.
  const currency = textOf(form, "currency") as Currency | typeof KAS | "";
  return {
    amount: currency === KAS || currency === "" ? value : { value, currency },
    expiresIn: Number(textOf(form, "expiresIn")) * MINUTE_S,
    ...(orderId === "" ? {} : { orderId }),
    ...(description === "" ? {} : { description }),
    ...(note === "" ? {} : { metadata: { note } }),
    ...(redirectUrl === "" ? {} : { redirectUrl }),
  };
}

/** Creates a payment by hand, then opens its page with the link to share and the QR code to print. */
export default function NewPayment({ merchant }: PageProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: ([session, key]: [NewSession, string]) => createSession(session, key),
    onSuccess: ({ id }) => navigate(`/sessions/${id}`, { replace: true }),
  });
  const { data: found } = useQuery({
    queryKey: ["rates"],
    queryFn: ({ signal }) => rates(signal),
    refetchInterval: RATES_MS,
  });
  const [amount, setAmount] = useState("");
  const [currency, setCurrency] = useState(KAS);
  const priced = found?.rates.find((rate) => rate.currency === currency);
  const isPriced = currency !== KAS;
  const id = useId();
  // The same content sent again after a lost answer must not create a second payment.
  const sent = useRef<[content: string, key: string]>(["", ""]);

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const session = readForm(new FormData(event.currentTarget));
    const content = JSON.stringify(session);
    if (sent.current[0] !== content) sent.current = [content, idempotencyKey()];
    mutate([session, sent.current[1]]);
  }

  return (
    <form className="card narrow" onSubmit={submit}>
      <h1>{t("New payment")}</h1>
      {error !== null && <Failure error={error} />}
      <Field
        name="amount"
        label={isPriced ? t("Amount ({{currency}})", { currency }) : t("Amount (KAS)")}
        inputMode="decimal"
        pattern={isPriced ? "[0-9]+(\\.[0-9]{1,2})?" : "[0-9]+(\\.[0-9]{1,8})?"}
        title={isPriced ? t("Use digits, with up to two decimals after a point") : t("Use digits, with up to eight decimals after a point")}

        onChange={({ target }) => setAmount(target.value)}
        required
        autoFocus
        error={error}
        hint={t("With a decimal point, for example 12.5")}
      />
      {found !== undefined && found.rates.length > 0 && (
        <div className="field">
          <label htmlFor={id}>{t("Currency")}</label>
          <select id={id} name="currency" value={currency} onChange={({ target }) => setCurrency(target.value)}>
            {currenciesOf(found.rates, merchant.displayCurrency).map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
          {priced !== undefined && <Preview amount={amount.trim()} rate={priced} />}
        </div>
      )}
      <Field name="orderId" label={t("Order ID (optional)")} maxLength={100} error={error} hint={t("Your reference for this payment")} />
      <Field
        name="description"
        label={t("Description (optional)")}
        maxLength={300}
        error={error}
        hint={t("What the payment is for. The shopper sees it.")}
      />
      <Field name="note" label={t("Note (optional)")} maxLength={500} error={error} hint={t("Visible only to you")} />
      <Field
        name="expiresIn"
        label={t("Minutes to pay")}
        type="number"
        min={1}
        max={1440}
        defaultValue={30}
        required
        error={error}
        hint={t("From 1 to 1440 (one day)")}
      />
      <Field
        name="redirectUrl"
        label={t("Return URL (optional)")}
        type="url"
        error={error}
        hint={t("The shopper can return to this page after paying")}
      />
      <button type="submit" className="button main" disabled={isPending}>
        {isPending ? t("Creating…") : t("Create payment")}
      </button>
    </form>
  );
}

/** KAS first, then the merchant's own currency. */
function currenciesOf(found: readonly Rate[], own: string | undefined): string[] {
  const codes = found.map(({ currency }) => currency);
  return [KAS, ...codes.filter((code) => code === own), ...codes.filter((code) => code !== own)];
}

/** What a price is worth now. The gateway fixes the amount when the payment is created. */
function Preview({ amount, rate }: { amount: string; rate: Rate }) {
  const kas = kasFor(amount, rate.rate);
  return (
    <p className="quiet" role="status">
      {kas !== undefined && (
        <>
          {t("About")} <Kas amount={kas} />.{" "}
        </>
      )}
      {t("One KAS is {{rate}} now. The amount in KAS is fixed when you create the payment.", {
        rate: rateText(rate.rate, rate.currency),
      })}
    </p>
  );
}
