import { useMutation } from "@tanstack/react-query";
import { useRef, type FormEvent } from "react";
import type { PageProps } from "./page";
import { idempotencyKey } from "../api/client";
import { createSession } from "../api/gateway";
import type { NewSession } from "../api/types";
import { navigate } from "../router";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { t } from "../texts";

const MINUTE_S = 60;

function readForm(form: FormData): NewSession {
  const orderId = textOf(form, "orderId");
  const description = textOf(form, "description");
  const note = textOf(form, "note");
  const redirectUrl = textOf(form, "redirectUrl");
  return {
    amount: textOf(form, "amount"),
    expiresIn: Number(textOf(form, "expiresIn")) * MINUTE_S,
    ...(orderId === "" ? {} : { orderId }),
    ...(description === "" ? {} : { description }),
    ...(note === "" ? {} : { metadata: { note } }),
    ...(redirectUrl === "" ? {} : { redirectUrl }),
  };
}

/** Creates a payment by hand, then opens its page with the link to share and the QR code to print. */
export default function NewPayment(_: PageProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: ([session, key]: [NewSession, string]) => createSession(session, key),
    onSuccess: ({ id }) => navigate(`/sessions/${id}`, { replace: true }),
  });
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
        label={t("Amount (KAS)")}
        inputMode="decimal"
        pattern="[0-9]+(\.[0-9]{1,8})?"
        title={t("Use digits, with up to eight decimals after a point")}
        required
        autoFocus
        error={error}
        hint={t("With a decimal point, for example 12.5")}
      />
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
