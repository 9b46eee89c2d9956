import { useRef, useState, type FormEvent } from "react";
import type { CreatedSession, MerchantApi } from "./api";

interface NewSessionFormProps {
  api: MerchantApi;
  onCreated: (session: CreatedSession) => void;
}

export function NewSessionForm({ api, onCreated }: NewSessionFormProps) {
  const [problem, setProblem] = useState<string>();
  const [isSending, setIsSending] = useState(false);
  // One key per payment asked for: a new one only once the gateway has answered with a session.
  const idempotencyKey = useRef<[content: string, key: string]>(["", ""]);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const orderId = String(form.get("orderId") ?? "");
    const session = {
      amount: String(form.get("amount") ?? "").trim(),
      ...(orderId === "" ? {} : { orderId }),
    };
    const content = JSON.stringify(session);
    if (idempotencyKey.current[0] !== content) {
      // getRandomValues, because randomUUID is missing where the gateway is reached without TLS.
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      idempotencyKey.current = [content, Array.from(bytes, (byte) => byte.toString(16)).join("-")];
    }
    setIsSending(true);
    setProblem(undefined);
    try {
      onCreated(await api.createSession(session, idempotencyKey.current[1]));
      idempotencyKey.current = ["", ""];
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setIsSending(false);
    }
  }

  return (
    <form className="card" onSubmit={(event) => void submit(event)}>
      <h2>Ask for a payment</h2>
      <label>
        Amount in KAS
        <input name="amount" inputMode="decimal" pattern="[0-9]+(\.[0-9]{1,8})?" required />
      </label>
      <label>
        Order id (optional)
        <input name="orderId" maxLength={100} />
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button type="submit" disabled={isSending}>
        Create
      </button>
    </form>
  );
}
