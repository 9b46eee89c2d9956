import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { Problem } from "../api/client";
import * as gateway from "../api/gateway";
import type { NewMerchant, Registered, SignedIn, XpubPreview } from "../api/types";
import { Link } from "../router";
import { AddressCheck } from "../settings/AddressCheck";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { Secrets } from "../ui/Secrets";
import { t } from "../texts";

interface RegisterProps {
  onFinished: (signedIn: SignedIn) => void;
}

/** The form's values; they stay when the merchant goes back a step. */
interface Draft {
  merchant: NewMerchant;
  setupCode: string;
}

/** Three steps: the merchant's data, the comparison of addresses, and API key and secret, shown once. */
export default function Register({ onFinished }: RegisterProps) {
  const [draft, setDraft] = useState<Draft>();
  const [preview, setPreview] = useState<XpubPreview>();
  const [registered, setRegistered] = useState<Registered>();
  useEffect(() => {
    document.title = t("Register · KasGate");
  }, []);
  return (
    <main className="narrow">
      {registered !== undefined ? (
        <KeepSecrets registered={registered} onSignedIn={onFinished} />
      ) : draft !== undefined && preview !== undefined ? (
        <CompareAddresses
          draft={draft}
          preview={preview}
          onBack={() => setPreview(undefined)}
          onRegistered={setRegistered}
        />
      ) : (
        <AboutYou
          draft={draft}
          onLooked={(typed, found) => {
            setDraft(typed);
            setPreview(found);
          }}
        />
      )}
    </main>
  );
}

function readDraft(form: FormData): Draft {
  const email = textOf(form, "email");
  const webhookUrl = textOf(form, "webhookUrl");
  const merchant = {
    name: textOf(form, "name"),
    xpub: textOf(form, "xpub"),
    ...(email === "" ? {} : { email }),
    ...(webhookUrl === "" ? {} : { webhookUrl }),
  };
  return { merchant, setupCode: textOf(form, "setupCode") };
}

interface AboutYouProps {
  draft: Draft | undefined;
  onLooked: (draft: Draft, preview: XpubPreview) => void;
}

function AboutYou({ draft, onLooked }: AboutYouProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: ({ merchant, setupCode }: Draft) => gateway.previewXpub(merchant.xpub, setupCode),
    onSuccess: (preview, typed) => onLooked(typed, preview),
  });
  const { data: registration } = useQuery({
    queryKey: ["registration"],
    queryFn: ({ signal }) => gateway.registration(signal),
  });
  const isShut =
    error instanceof Problem &&
    (error.status === 401 || error.status === 403) &&
    error.code !== "foreign_host";
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    mutate(readDraft(new FormData(event.currentTarget)));
  }
  if (registration?.mode === "closed") return <Closed />;
  return (
    <form className="card" onSubmit={submit}>
      <p className="quiet">{t("Step 1 of 3")}</p>
      <h1>{t("Register a merchant")}</h1>
      {isShut ? (
        <p role="alert" className="note bad">
          {t("This gateway refused the registration. Enter the setup code that the gateway printed when it started. If registration is closed, ask the gateway's operator to add you with: kasgate merchant create")}
        </p>
      ) : (
        error !== null && <Failure error={error} />
      )}
      <Field
        name="name"
        label={t("Shop name")}
        required
        maxLength={100}
        autoFocus
        defaultValue={draft?.merchant.name}
        hint={t("Shown to shoppers")}
      />
      <Field
        name="xpub"
        label={t("Extended public key of your wallet account")}
        required
        autoComplete="off"
        spellCheck={false}
        defaultValue={draft?.merchant.xpub}
        error={error}
        hint={t("Begins with kpub, xpub, ktub or tpub. It derives receiving addresses and cannot spend. Never enter a private key or a recovery phrase.")}
      />
      <Field name="email" label={t("E-mail (optional)")} type="email" defaultValue={draft?.merchant.email} />
      <Field
        name="webhookUrl"
        label={t("Webhook URL (optional)")}
        type="url"
        defaultValue={draft?.merchant.webhookUrl}
        hint={t("Your server receives payment events at this URL. You can set it later.")}
      />
      {registration?.mode !== "open" && (
        <Field
          name="setupCode"
          label={t("Setup code")}
          autoComplete="off"
          spellCheck={false}
          required={registration?.mode === "setup_code"}
          defaultValue={draft?.setupCode}
          hint={t("The gateway printed it when it started.")}
        />
      )}
      <button type="submit" className="button main" disabled={isPending}>
        {isPending ? t("Loading…") : t("Show wallet addresses")}
      </button>
      <p className="quiet">
        <Link to="/">{t("Sign in instead")}</Link>
      </p>
    </form>
  );
}

function Closed() {
  return (
    <section className="card">
      <h1>{t("Registration is closed")}</h1>
      <p>{t("Ask the operator of this gateway to add you with this command:")}</p>
      <pre tabIndex={0} aria-label={t("Command")}>{"kasgate merchant create"}</pre>
      <p>
        <Link to="/">{t("Sign in instead")}</Link>
      </p>
    </section>
  );
}

interface CompareAddressesProps {
  draft: Draft;
  preview: XpubPreview;
  onBack: () => void;
  onRegistered: (registered: Registered) => void;
}

function CompareAddresses({ draft, preview, onBack, onRegistered }: CompareAddressesProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => gateway.register(draft.merchant, draft.setupCode),
    onSuccess: onRegistered,
  });
  return (
    <section className="card">
      <p className="quiet">{t("Step 2 of 3")}</p>
      <h1>{t("Compare with your wallet")}</h1>
      {error !== null && <Failure error={error} />}
      <AddressCheck preview={preview} />
      <div className="row">
        <button type="button" className="button main" disabled={isPending} onClick={() => mutate()}>
          {isPending ? t("Registering…") : t("Confirm and register")}
        </button>
        <button type="button" className="button" disabled={isPending} onClick={onBack}>
          {t("Go back")}
        </button>
      </div>
      <p className="quiet">
        {t("If the addresses differ, go back: the key belongs to another account or wallet, and payments would go to addresses that your wallet does not show.")}
      </p>
    </section>
  );
}

interface KeepSecretsProps {
  registered: Registered;
  onSignedIn: (signedIn: SignedIn) => void;
}

function KeepSecrets({ registered, onSignedIn }: KeepSecretsProps) {
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
      <p className="quiet">{t("Step 3 of 3")}</p>
      <h1>{t("Your API key and webhook secret")}</h1>
      <p>
        {t("Use the API key to create payments and to sign in here. Use the webhook secret to check that a webhook is genuine.")}
      </p>
      {error !== null && <Failure error={error} />}
      <Secrets
        secrets={[
          ["KASGATE_API_KEY", registered.apiKey],
          ["KASGATE_WEBHOOK_SECRET", registered.webhookSecret],
        ]}
        file="kasgate-secrets.txt"
      />
      <label className="check">
        <input type="checkbox" name="kept" required /> {t("I have saved both")}
      </label>
      <button type="submit" className="button main" disabled={isPending}>
        {t("Open dashboard")}
      </button>
    </form>
  );
}
