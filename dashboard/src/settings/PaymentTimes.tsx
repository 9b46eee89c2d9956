import { useId, useState, type FormEvent } from "react";
import type { Merchant } from "../api/types";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Notes";
import { useProfileChange } from "./useProfileChange";

const MINUTE_S = 60;
const HOUR_S = 3_600;
const USUAL_HOURS = 2;

/** How long a shopper has to pay, and what becomes of money that comes afterwards. */
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
      <h2>Time to pay</h2>
      {error !== null && <Failure error={error} />}
      <Field
        name="sessionLifetime"
        label="Minutes to pay"
        type="number"
        step="any"
        min={1}
        max={1440}
        defaultValue={merchant.sessionLifetime && merchant.sessionLifetime / MINUTE_S}
        error={error}
        hint="1 to 1440, for new payments that do not say otherwise. Empty means the gateway's own."
      />
      <fieldset>
        <legend>Money that comes too late</legend>
        <div className="check">
          <input
            type="radio"
            name="late"
            value="review"
            id={`${id}-review`}
            checked={!takesLate}
            onChange={() => setTakesLate(false)}
          />
          <label htmlFor={`${id}-review`}>I look at it and decide</label>
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
          <label htmlFor={`${id}-accept`}>It pays the order, if it covers it and comes soon enough</label>
        </div>
        {takesLate && (
          <Field
            name="acceptLatePaymentsFor"
            label="Soon enough: hours after the end"
            type="number"
            step="any"
            min={0.1}
            max={720}
            required
            defaultValue={lateFor > 0 ? lateFor / HOUR_S : USUAL_HOURS}
            error={error}
            hint="Sell only what is still there, at a price that still holds. What you cancelled stays cancelled."
          />
        )}
      </fieldset>
      <p className="quiet">Holds for new payments; those that exist keep what they were made with.</p>
      <button type="submit" className="button main" disabled={isPending}>
        Save the times
      </button>
    </form>
  );
}
