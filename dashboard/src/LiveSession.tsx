import { SessionFollower } from "@widget/follower";
import { sompiToKas, trimKas } from "@widget/format";
import { useEffect, useState } from "react";
import type { CreatedSession, Session } from "./api";

/** A session as the gateway tells it, over the same WebSocket as the shopper's widget. */
export function LiveSession({ created }: { created: CreatedSession }) {
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState<string>();
  const [isHeard, setIsHeard] = useState(true);

  useEffect(() => {
    const follower = new SessionFollower({
      apiUrl: location.origin,
      sessionId: created.id,
      token: created.subscriptionToken,
      onSession: setSession,
      onFailure: (error) => setProblem(error.message),
      onLink: setIsHeard,
    });
    return () => follower.close();
  }, [created]);

  if (problem !== undefined) return <p role="alert">{problem}</p>;
  if (session === undefined) return <p role="status">Loading the session…</p>;
  const isOpen = session.status === "created" || session.status === "pending";
  return (
    <section className="card" aria-labelledby="session">
      <h2 id="session">{trimKas(session.amount)} KAS</h2>
      {!isHeard && <p role="alert">Connection lost; trying again…</p>}
      <p role="status">
        <strong>{session.status}</strong>
        {session.status === "confirming" &&
          `, ${session.confirmations} of ${session.requiredConfirmations} confirmations`}
      </p>
      {isOpen && <img src={session.qrCode} alt="QR code of the payment link" />}
      <dl>
        <dt>Address</dt>
        <dd>{session.address}</dd>
        <dt>Still due</dt>
        <dd>{sompiToKas(session.remainingSompi)} KAS</dd>
        <dt>Transaction</dt>
        <dd>{session.txId ?? "none yet"}</dd>
        <dt>Session id</dt>
        <dd>{session.id}</dd>
      </dl>
      {created.checkoutUrl !== undefined && <a href={created.checkoutUrl}>Open its checkout</a>}
    </section>
  );
}
