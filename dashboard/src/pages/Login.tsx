import { useMutation } from "@tanstack/react-query";
import { useEffect, type FormEvent } from "react";
import { Problem, withQuery } from "../api/client";
import { signIn, signInByPassword } from "../api/gateway";
import type { SignedIn, WayIn } from "../api/types";
import { Link, navigate, usePlace, type Place } from "../router";
import { Field, passwordOf, textOf } from "../ui/Field";
import { LanguageChoice } from "../ui/LanguageChoice";
import { Failure } from "../ui/Failure";
import { PasswordFields, WayInChoice } from "../ui/WayIn";
import { t } from "../texts";

interface LoginProps {
  farewell: string | undefined;
  /** How the previous merchant signed in. */
  before: WayIn | undefined;
  onSignedIn: (signedIn: SignedIn) => void;
}

/** The sign-in method is in the address, `?with=password`, so that it can be bookmarked. */
function go({ path, query }: Place, way?: WayIn): void {
  navigate(withQuery(path, { ...Object.fromEntries(query), with: way }), { replace: true });
}

export function Login({ farewell, before, onSignedIn }: LoginProps) {
  const place = usePlace();
  const asked = place.query.get("with");
  const way = asked === "password" || asked === "api_key" ? asked : (before ?? "api_key");
  useEffect(() => {
    document.title = t("Sign in · KasGate");
  }, []);
  function enter(signedIn: SignedIn): void {
    if (asked !== null) go(place);
    onSignedIn(signedIn);
  }
  return (
    <main className="narrow">
      <section className="card" aria-labelledby="sign-in">
        <h1 id="sign-in">{t("Sign in to KasGate")}</h1>
        {farewell !== undefined && <p role="status">{farewell}</p>}
        <WayInChoice way={way} onChoose={(chosen) => go(place, chosen)} />
        {way === "password" ? <ByPassword onSignedIn={enter} /> : <ByKey onSignedIn={enter} />}
        <p className="quiet">
          {t("No account on this gateway yet?")} <Link to="/register">{t("Register a merchant")}</Link>
        </p>
      </section>
      <LanguageChoice />
    </main>
  );
}

type WayProps = Pick<LoginProps, "onSignedIn">;

function ByKey({ onSignedIn }: WayProps) {
  const { mutate, error, isPending } = useMutation({ mutationFn: signIn, onSuccess: onSignedIn });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const key = textOf(new FormData(form), "apiKey");
    form.reset();
    mutate(key);
  }
  return (
    <form className="stack" onSubmit={submit}>
      {error instanceof Problem && error.status === 401 ? (
        <p role="alert" className="note bad">
          {t("This gateway does not know the API key. Check that the key begins with kg_live_, belongs to this gateway and has not been replaced or revoked.")}
        </p>
      ) : (
        error !== null && <Failure error={error} />
      )}
      <Field
        name="apiKey"
        label={t("API key")}
        type="password"
        autoComplete="off"
        spellCheck={false}
        required
        autoFocus
        hint={t("Used once to sign in this browser. The key is not stored.")}
      />
      <SignInButton isPending={isPending} />
    </form>
  );
}

function ByPassword({ onSignedIn }: WayProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: signInByPassword,
    onSuccess: onSignedIn,
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    mutate({
      login: textOf(given, "login"),
      password: passwordOf(given, "password"),
      code: textOf(given, "code"),
    });
    // A code works only once.
    const code = form.elements.namedItem("code");
    if (code instanceof HTMLInputElement) code.value = "";
  }
  return (
    <form className="stack" onSubmit={submit}>
      {error !== null && <Failure error={error} />}
      <Field
        name="login"
        label={t("Login")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        required
        autoFocus
        hint={t("The login that you chose in the settings")}
      />
      <PasswordFields />
      <SignInButton isPending={isPending} />
    </form>
  );
}

function SignInButton({ isPending }: { isPending: boolean }) {
  return (
    <button type="submit" className="button main" disabled={isPending}>
      {isPending ? t("Signing in…") : t("Sign in")}
    </button>
  );
}
