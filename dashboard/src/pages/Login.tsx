import { useMutation } from "@tanstack/react-query";
import { useEffect, type FormEvent } from "react";
import { Problem } from "../api/client";
import { signIn } from "../api/gateway";
import type { SignedIn } from "../api/types";
import { Link } from "../router";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Notes";

interface LoginProps {
  farewell: string | undefined;
  onSignedIn: (signedIn: SignedIn) => void;
}

export function Login({ farewell, onSignedIn }: LoginProps) {
  const { mutate, error, isPending } = useMutation({ mutationFn: signIn, onSuccess: onSignedIn });
  useEffect(() => {
    document.title = "Sign in · KasGate";
  }, []);

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const key = textOf(new FormData(form), "apiKey");
    form.reset();
    mutate(key);
  }

  return (
    <main className="narrow">
      <form className="card" onSubmit={submit}>
        <h1>Sign in to KasGate</h1>
        {farewell !== undefined && <p role="status">{farewell}</p>}
        {error instanceof Problem && error.status === 401 ? (
          <p role="alert" className="note bad">
            The gateway does not know this key. Keys begin with kg_live_; is it from this gateway,
            and was it not replaced since?
          </p>
        ) : (
          error !== null && <Failure error={error} />
        )}
        <Field
          name="apiKey"
          label="API key"
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
          hint="Exchanged for a session of this browser; the key itself is not kept."
        />
        <button type="submit" className="button main" disabled={isPending}>
          {isPending ? "Signing in…" : "Sign in"}
        </button>
        <p className="quiet">
          No account on this gateway yet? <Link to="/register">Register a merchant</Link>
        </p>
      </form>
    </main>
  );
}
