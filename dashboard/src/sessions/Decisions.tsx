import { Trans } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sompiToKas } from "@widget/format";
import { useState, type FormEvent } from "react";
import * as gateway from "../api/gateway";
import type { SessionDetail as Detail } from "../api/types";
import { WHY } from "../ui/PaymentBadges";
import { Dialog, DialogButtons } from "../ui/Dialog";
import { Field, textOf } from "../ui/Field";
import { Kas } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { t } from "../texts";

type Decision = "accept" | "fail" | "dismiss" | "cancel";

const QUESTIONS: Readonly<Record<Decision, { title: string; text: string; deed: string }>> = {
  accept: {
    title: t("Accept this payment as paid?"),
    text: t("Your server is notified that the payment is confirmed."),
    deed: t("Accept as paid"),
  },
  fail: {
    title: t("Mark this payment as failed?"),
    text: t("Any KAS received stays in your wallet. A refund is up to you."),
    deed: t("Mark as failed"),
  },
  dismiss: {
    title: t("Dismiss the notice?"),
    text: t("The payment stays as it is. The notice returns if the payment changes again."),
    deed: t("Dismiss"),
  },
  cancel: {
    title: t("Cancel this payment?"),
    text: t("The shopper can no longer pay it. KAS that still arrives is reported as late."),
    deed: t("Cancel payment"),
  },
};

/** The parts of a payment that its decisions depend on. */
export type Decidable = Pick<Detail, "id" | "amount" | "receivedSompi" | "status" | "paidState"> & {
  attention?: Detail["attention"];
  heldUp?: Detail["heldUp"];
};

/** The decisions that the gateway would take now, the likeliest first (kasgate/sessions/transitions.py). */
export function decisionsOf({ status, paidState, attention = [], heldUp = false }: Decidable): Decision[] {
  const isUnpaid = status === "created" || status === "pending";
  const isFinal = status === "confirmed" || status === "failed";
  const mayAccept = (status === "expired" || isUnpaid) && paidState !== "none";
  return [
    ...(mayAccept || (status === "confirming" && heldUp) ? (["accept"] as const) : []),
    ...(isUnpaid ? (["cancel"] as const) : []),
    ...(isFinal ? [] : (["fail"] as const)),
    ...(attention.length > 0 ? (["dismiss"] as const) : []),
  ];
}

/** The merchant's actions on a payment. */
export function Decisions({ session }: { session: Detail }) {
  const reasons = session.attention ?? [];
  if (decisionsOf(session).length === 0) return null;
  const isFinal = session.status === "confirmed" || session.status === "failed";
  return (
    <section className="card" aria-labelledby="actions">
      <h2 id="actions">{t("Actions")}</h2>
      {reasons.length > 0 && (
        <div role="status" className="note warn">
          <p>
            <strong>{t("Needs attention")}</strong>
          </p>
          {reasons.map((reason) => (
            <p key={reason}>{WHY[reason]}</p>
          ))}
        </div>
      )}
      <DecisionButtons session={session} />
      <p className="quiet">
        {!isFinal && `${t("Accepting or failing a payment is final and sends a webhook.")} `}
        {t("The audit log keeps every decision.")}
      </p>
    </section>
  );
}

/** A button for each decision that the gateway would take. Each asks before it acts. */
export function DecisionButtons({ session, isSmall = false }: { session: Decidable; isSmall?: boolean }) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Decision>();
  const refresh = async (): Promise<void> => {
    const changed = [["session", session.id], ["sessions"], ["stats"]];
    await Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
  return (
    <>
      <div className="row">
        {decisionsOf(session).map((decision) => (
          <button
            key={decision}
            type="button"
            className={isSmall ? "button small" : "button"}
            onClick={() => setAsked(decision)}
          >
            {QUESTIONS[decision].deed}…
          </button>
        ))}
      </div>
      {asked !== undefined && (
        <DecisionDialog session={session} decision={asked} onClose={() => setAsked(undefined)} onDone={() => void refresh()} />
      )}
    </>
  );
}

interface DecisionDialogProps {
  session: Decidable;
  decision: Decision;
  onClose: () => void;
  onDone: () => void;
}

function DecisionDialog({ session, decision, onClose, onDone }: DecisionDialogProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: async (note: string): Promise<void> => {
      if (decision === "cancel") await gateway.cancelSession(session.id);
      else await gateway.decideSession(session.id, decision, note);
    },
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    mutate(textOf(new FormData(event.currentTarget), "note"));
  }
  const question = QUESTIONS[decision];
  // A start for the note, so that two clicks are enough.
  const note = (session.attention ?? []).map((reason) => WHY[reason]).join(", ");
  return (
    <Dialog title={question.title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>
          <Trans
            i18nKey="<received/> of <amount/> received."
            components={{
              received: <Kas amount={sompiToKas(session.receivedSompi)} />,
              amount: <Kas amount={session.amount} />,
            }}
          />{" "}
          {question.text}
        </p>
        {error !== null && <Failure error={error} />}
        {decision !== "cancel" && (
          <Field name="note" label={t("Note for the audit log")} maxLength={500} required autoFocus defaultValue={note === "" ? "" : `${question.deed}: ${note}`} error={error} hint={t("Your reason for this decision")} />
        )}
        <DialogButtons
          submit={question.deed}
          // Two buttons named "Cancel" would be a riddle.
          stay={decision === "cancel" ? t("Keep payment") : t("Cancel")}
          isPending={isPending}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
