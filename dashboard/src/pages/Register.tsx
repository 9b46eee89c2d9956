import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { Problem } from "../api/client";
import * as gateway from "../api/gateway";
import type { NewMerchant, Registered, SignedIn, XpubPreview } from "../api/types";
import { Link } from "../router";
import { AddressCheck } from "../settings/AddressCheck";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Notes";
import { Secrets } from "../ui/Secrets";

interface RegisterProps {
  onFinished: (signedIn: SignedIn) => void;
}

/** What is known while the wizard is open; the key lives in this page's memory and nowhere else. */
interface Made {
  registered: Registered;
  xpub: string;
}

/** Register, keep key and secret, compare the wallet's addresses. */
export default function Register({ onFinished }: RegisterProps) {
  const [made, setMade] = useState<Made>();
  const [signedIn, setSignedIn] = useState<SignedIn>();
  useEffect(() => {
    document.title = "Register · KasGate";
  }, []);
  return (
    <main className="narrow">
      {made === undefined ? (
        <AboutYou onRegistered={setMade} />
      ) : signedIn === undefined ? (
        <KeepSecrets registered={made.registered} onSignedIn={setSignedIn} />
      ) : (
        <CompareAddresses made={made} onMatch={() => onFinished(signedIn)} />
      )}
    </main>
  );
}

function AboutYou({ onRegistered }: { onRegistered: (made: Made) => void }) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: async ([merchant, code]: [NewMerchant, string]) => ({
      registered: await gateway.register(merchant, code),
      xpub: merchant.xpub,
    }),
    onSuccess: onRegistered,
  });
  const needsCode = error instanceof Problem && error.code === "setup_code_required";
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = textOf(form, "email");
    const webhookUrl = textOf(form, "webhookUrl");
    const merchant = {
      name: textOf(form, "name"),
      xpub: textOf(form, "xpub"),
      ...(email === "" ? {} : { email }),
      ...(webhookUrl === "" ? {} : { webhookUrl }),
    };
    mutate([merchant, textOf(form, "setupCode")]);
  }
  return (
    <form className="card" onSubmit={submit}>
      <p className="quiet">Step 1 of 3</p>
      <h1>Register a merchant</h1>
      {error !== null && <Failure error={error} />}
      <Field name="name" label="Name of your shop" required maxLength={100} autoFocus error={error} hint="Shown to shoppers" />
      <Field
        name="xpub"
        label="Extended public key of your wallet's account"
        required
        autoComplete="off"
        spellCheck={false}
        error={error}
        hint="kpub…, xpub…, ktub… or tpub…: it makes addresses and can't spend. Never paste a private key or a recovery phrase."
      />
      <Field name="email" label="E-mail (optional)" type="email" error={error} />
      <Field name="webhookUrl" label="Webhook URL (optional)" type="url" error={error} hint="Where your server hears of payments; can be set later" />
      {needsCode && (
        <Field name="setupCode" label="Setup code" required autoComplete="off" hint="The gateway printed it when it started" />
      )}
      <button type="submit" className="button main" disabled={isPending}>
        {isPending ? "Registering…" : "Register"}
      </button>
      <p className="quiet">
        <Link to="/">Sign in with a key instead</Link>
      </p>
    </form>
  );
}

function KeepSecrets({ registered, onSignedIn }: { registered: Registered; onSignedIn: (signedIn: SignedIn) => void }) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => gateway.signIn(registered.apiKey),
    onSuccess: onSignedIn,
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    mutate();
  }
  return (
    <form className="card" onSubmit={submit}>
      <p className="quiet">Step 2 of 3</p>
      <h1>Your key and secret</h1>
      <p>The API key makes payments and opens this dashboard; the webhook secret shows your server that a webhook is genuine.</p>
      {error !== null && <Failure error={error} />}
      {registered.warnings?.map((warning) => (
        <p key={warning} className="note warn">
          {warning}
        </p>
      ))}
      <Secrets
        secrets={[
          ["KASGATE_API_KEY", registered.apiKey],
          ["KASGATE_WEBHOOK_SECRET", registered.webhookSecret],
        ]}
        file="kasgate-secrets.txt"
      />
      <label className="check">
        <input type="checkbox" required /> I have kept both
      </label>
      <button type="submit" className="button main" disabled={isPending}>
        Go on
      </button>
    </form>
  );
}

function CompareAddresses({ made, onMatch }: { made: Made; onMatch: () => void }) {
  const [preview, setPreview] = useState<XpubPreview>();
  const [isWrong, setIsWrong] = useState(false);
  const look = useMutation({ mutationFn: gateway.previewXpub, onSuccess: setPreview });
  const change = useMutation({
    mutationFn: async (xpub: string) => {
      if (xpub !== made.xpub) await gateway.changeProfile({ xpub }, made.registered.apiKey);
      return xpub;
    },
    onSuccess: (xpub) => {
      setIsWrong(false);
      look.mutate(xpub);
    },
  });
  const { mutate } = look;
  useEffect(() => mutate(made.xpub), [mutate, made.xpub]);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    change.mutate(textOf(new FormData(event.currentTarget), "xpub"));
  }
  return (
    <section className="card">
      <p className="quiet">Step 3 of 3</p>
      <h1>Compare with your wallet</h1>
      {look.error !== null && <Failure error={look.error} retry={() => look.mutate(made.xpub)} />}
      {preview !== undefined && <AddressCheck preview={preview} />}
      {isWrong ? (
        <form className="stack" onSubmit={submit}>
          <p className="note warn">Don't take payments yet: they would go to addresses that your wallet does not show.</p>
          {change.error !== null && <Failure error={change.error} />}
          <Field name="xpub" label="The right extended public key" required autoFocus autoComplete="off" spellCheck={false} error={change.error} hint="Look for the account's, not the wallet's root key" />
          <div className="row">
            <button type="submit" className="button main" disabled={change.isPending}>
              Take this key
            </button>
            <button type="button" className="button" onClick={() => setIsWrong(false)}>
              Back
            </button>
          </div>
        </form>
      ) : (
        <div className="row">
          <button type="button" className="button main" disabled={preview === undefined} onClick={onMatch}>
            They match
          </button>
          <button type="button" className="button" disabled={preview === undefined} onClick={() => setIsWrong(true)}>
            They don't
          </button>
        </div>
      )}
    </section>
  );
}
