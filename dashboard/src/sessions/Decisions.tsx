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
import { Done, Failure } from "../ui/Notes";
import { t } from "../texts";

type Decision = "accept" | "fail" | "dismiss";

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
};

/** The merchant's actions on a payment: cancel, accept as paid, mark as failed, dismiss its notice. */
export function Decisions({ session }: { session: Detail }) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Decision>();
  const refresh = async (): Promise<void> => {
    const changed = [["session", session.id], ["sessions"], ["stats"]];
    await Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
  const cancel = useMutation({
    mutationFn: () => gateway.cancelSession(session.id),
    onSuccess: refresh,
  });
  const canCancel = session.status === "created" || session.status === "pending";
  const canDecide = session.status !== "confirmed" && session.status !== "failed";
  const canAccept = canDecide && session.paidState !== "none";
  const reasons = session.attention ?? [];
  if (!canDecide && reasons.length === 0) return null;
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
      {cancel.error !== null && <Failure error={cancel.error} />}
      {cancel.isSuccess && <Done>{t("The payment was cancelled.")}</Done>}
      <div className="row">
        {canCancel && (
          <button type="button" className="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("Cancel payment")}
          </button>
        )}
        {canAccept && (
          <button type="button" className="button" onClick={() => setAsked("accept")}>
            {t("Accept as paid…")}
          </button>
        )}
        {canDecide && (
          <button type="button" className="button" onClick={() => setAsked("fail")}>
            {t("Mark as failed…")}
          </button>
        )}
        {reasons.length > 0 && (
          <button type="button" className="button" onClick={() => setAsked("dismiss")}>
            {t("Dismiss…")}
          </button>
        )}
      </div>
      <p className="quiet">
        {canDecide && `${t("Accepting or failing a payment is final and sends a webhook.")} `}
        {t("The audit log keeps every decision.")}
      </p>
      {asked !== undefined && (
        <DecisionDialog session={session} decision={asked} onClose={() => setAsked(undefined)} onDone={() => void refresh()} />
      )}
    </section>
  );
}

interface DecisionDialogProps {
  session: Detail;
  decision: Decision;
  onClose: () => void;
  onDone: () => void;
}

function DecisionDialog({ session, decision, onClose, onDone }: DecisionDialogProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: (note: string) => gateway.decideSession(session.id, decision, note),
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
        <Field name="note" label={t("Note for the audit log")} maxLength={500} required autoFocus error={error} hint={t("Your reason for this decision")} />
        <DialogButtons submit={question.deed} isPending={isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}
