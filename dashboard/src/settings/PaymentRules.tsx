import { useState, type FormEvent } from "react";
import type { Merchant, Tier } from "../api/types";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { useProfileChange } from "./useProfileChange";
import { t } from "../texts";

function readTiers(form: FormData): Tier[] {
  const below = form.getAll("below").map((value) => String(value).trim());
  return form.getAll("tierConfirmations").map((count, index) => ({
    confirmations: Number(count),
    ...(below[index] ? { below: below[index] } : {}),
  }));
}

/** The required confirmations, by amount, and the underpayment tolerance. */
export function PaymentRules({ merchant }: { merchant: Merchant }) {
  const { mutate, error, isPending } = useProfileChange();
  const [tiers, setTiers] = useState(() =>
    merchant.confirmationTiers.map((tier, index) => ({ ...tier, id: index })),
  );

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const count = textOf(form, "requiredConfirmations");
    mutate({
      body: {
        requiredConfirmations: count === "" ? null : Number(count),
        confirmationTiers: readTiers(form),
        underpaymentTolerance: textOf(form, "underpaymentTolerance"),
      },
    });
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>{t("Confirmations and tolerance")}</h2>
      {error !== null && <Failure error={error} />}
      <Field
        name="requiredConfirmations"
        label={t("Confirmations")}
        type="number"
        min={1}
        defaultValue={merchant.requiredConfirmations}
        error={error}
        placeholder={merchant.defaults && String(merchant.defaults.requiredConfirmations)}
        hint={t("Leave empty to use the gateway's default. Kaspa adds about ten per second.")}
      />
      <fieldset>
        <legend>{t("By amount")}</legend>
        {tiers.length === 0 && (
          <p className="quiet">
            {(merchant.defaults?.confirmationTiers.length ?? 0) > 0
              ? t("The gateway's own tiers apply.")
              : t("The same for every amount.")}
          </p>
        )}
        {tiers.map((tier) => (
          <div className="tier" key={tier.id}>
            <Field name="below" label={t("Below (KAS)")} inputMode="decimal" defaultValue={tier.below} placeholder={t("any amount")} />
            <Field name="tierConfirmations" label={t("Required")} type="number" min={1} required defaultValue={tier.confirmations} />
            <button type="button" className="button" onClick={() => setTiers(tiers.filter(({ id }) => id !== tier.id))}>
              {t("Remove")}
            </button>
          </div>
        ))}
        <button
          type="button"
          className="button"
          onClick={() => setTiers([...tiers, { id: 1 + Math.max(-1, ...tiers.map(({ id }) => id)), confirmations: 10 }])}
        >
          {t("Add tier")}
        </button>
      </fieldset>
      <Field
        name="underpaymentTolerance"
        label={t("Underpayment tolerance (KAS)")}
        inputMode="decimal"
        required
        defaultValue={merchant.underpaymentTolerance}
        error={error}
        hint={t("A payment that is short by at most this amount counts as paid in full. Applies to new payments.")}
      />
      <button type="submit" className="button main" disabled={isPending}>
        {t("Save rules")}
      </button>
    </form>
  );
}
