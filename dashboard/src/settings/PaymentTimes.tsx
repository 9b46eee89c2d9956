import { useId, useState, type FormEvent } from "react";
import type { Merchant } from "../api/types";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { useProfileChange } from "./useProfileChange";
import { t } from "../texts";

const MINUTE_S = 60;
const HOUR_S = 3_600;
const USUAL_HOURS = 2;

/** The time to pay, and the rule for late payments. */
export function PaymentTimes({ merchant }: { merchant: Merchant }) {
  const { mutate, error, isPending } = useProfileChange();
  const lateFor = merchant.acceptLatePaymentsFor;
  const [takesLate, setTakesLate] = useState(lateFor > 0);
  const id = useId();

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const minutes = textOf(form, "sessionLifetime");
    const hours = Number(textOf(form, "acceptLatePaymentsFor"));
    mutate({
      body: {
        sessionLifetime: minutes === "" ? null : Math.round(Number(minutes) * MINUTE_S),
        acceptLatePaymentsFor: takesLate ? Math.round(hours * HOUR_S) : 0,
      },
    });
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>{t("Time to pay")}</h2>
      {error !== null && <Failure error={error} />}
      <Field
        name="sessionLifetime"
        label={t("Minutes to pay")}
        type="number"
        step="any"
        min={1}
        max={1440}
        defaultValue={merchant.sessionLifetime && merchant.sessionLifetime / MINUTE_S}
        error={error}
        placeholder={merchant.defaults && String(merchant.defaults.sessionLifetime / MINUTE_S)}
        hint={t("From 1 to 1440, for payments created without a time of their own. Leave empty to use the gateway's default.")}
      />
      <fieldset>
        <legend>{t("Late payments")}</legend>
        <div className="check">
          <input
            type="radio"
            name="late"
            value="review"
            id={`${id}-review`}
            checked={!takesLate}
            onChange={() => setTakesLate(false)}
          />
          <label htmlFor={`${id}-review`}>{t("Review manually")}</label>
        </div>
        <div className="check">
          <input
            type="radio"
            name="late"
            value="accept"
            id={`${id}-accept`}
            checked={takesLate}
            onChange={() => setTakesLate(true)}
          />
          <label htmlFor={`${id}-accept`}>{t("Accept automatically if paid in full")}</label>
        </div>
        {takesLate && (
          <Field
            name="acceptLatePaymentsFor"
            label={t("Time limit (hours after expiry)")}
            type="number"
            step="any"
            min={0.1}
            max={720}
            required
            defaultValue={lateFor > 0 ? lateFor / HOUR_S : USUAL_HOURS}
            error={error}
            hint={t("Use this only if your stock and your price still hold then. Cancelled payments stay cancelled.")}
          />
        )}
      </fieldset>
      <p className="quiet">{t("Applies to new payments. Existing payments keep their settings.")}</p>
      <button type="submit" className="button main" disabled={isPending}>
        {t("Save times")}
      </button>
    </form>
  );
}
