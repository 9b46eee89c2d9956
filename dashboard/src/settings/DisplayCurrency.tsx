import { useQuery } from "@tanstack/react-query";
import { useId, type FormEvent } from "react";
import { rates } from "../api/gateway";
import type { Merchant } from "../api/types";
import { textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { currencyName } from "../ui/Worth";
import { useProfileChange } from "./useProfileChange";
import { t } from "../texts";

/** The currency that is shown beside KAS, and in which payments are valued from now on. */
export function DisplayCurrency({ merchant }: { merchant: Merchant }) {
  const { mutate, error, isPending } = useProfileChange();
  const found = useQuery({ queryKey: ["rates"], queryFn: ({ signal }) => rates(signal) });
  const id = useId();
  const now = merchant.displayCurrency;
  const served = found.data?.currencies ?? [];
  const choices = now === undefined || served.includes(now) ? served : [now, ...served];

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const chosen = textOf(new FormData(event.currentTarget), "displayCurrency");
    mutate({ body: { displayCurrency: chosen === "" ? null : chosen } });
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>{t("Display currency")}</h2>
      {error !== null && <Failure error={error} />}
      {found.data?.enabled === false && (
        <p className="note warn">
          {t("Rates are switched off on this gateway, so new payments get no value in a currency. Its operator switches them on with KASGATE_RATES=on.")}
        </p>
      )}
      <div className="field">
        <label htmlFor={id}>{t("Currency shown beside KAS")}</label>
        <select id={id} name="displayCurrency" key={choices.length} defaultValue={now ?? ""} aria-describedby={`${id}-hint`}>
          <option value="">{t("None")}</option>
          {choices.map((code) => (
            <option key={code} value={code}>
              {`${code} – ${currencyName(code)}`}
            </option>
          ))}
        </select>
        <p id={`${id}-hint`} className="quiet">
          {t("Each new payment is stored with its value at the market rate when it arrives. Payments from before have no value.")}
        </p>
      </div>
      <button type="submit" className="button main" disabled={isPending}>
        {t("Save currency")}
      </button>
    </form>
  );
}
