import { Trans } from "react-i18next";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { beginPassword, confirmPassword } from "../api/gateway";
import type { PasswordSetup, RecoveryCodes } from "../api/types";
import { CopyButton } from "../ui/CopyButton";
import { Dialog, DialogButtons } from "../ui/Dialog";
import { Field, passwordOf, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { useReauth } from "../ui/Reauth";
import { t } from "../texts";

const NO_MATCH = t("The two passwords do not match. Enter them again.");

/** The password of both fields; undefined if they differ. */
export function twice(form: FormData): string | undefined {
  const password = passwordOf(form, "password");
  return password === passwordOf(form, "again") ? password : undefined;
}

interface TwiceProps {
  label: string;
  error: unknown;
  isDifferent: boolean;
  required?: boolean;
}

export function NewPasswordFields({ label, error, isDifferent, required = true }: TwiceProps) {
  return (
    <>
      <Field
        name="password"
        label={label}
        type="password"
        autoComplete="new-password"
        minLength={12}
        maxLength={200}
        required={required}
        error={error}
        hint={t("At least 12 characters, for example a sentence that only you would say.")}
      />
      <Field
        name="again"
        label={t("Repeat the password")}
        type="password"
        autoComplete="new-password"
        required={required}
      />
      {isDifferent && (
        <p role="alert" className="wrong">
          {NO_MATCH}
        </p>
      )}
    </>
  );
}

export function LoginField({ login, error }: { login: string | undefined; error: unknown }) {
  return (
    <Field
      name="login"
      label={t("Login")}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      minLength={3}
      maxLength={64}
      required
      defaultValue={login}
      error={error}
      hint={t("An e-mail address or another name. KasGate sends no mail to it.")}
    />
  );
}

interface NewPasswordProps {
  /** The current login, or a suggestion. */
  login: string | undefined;
  onMade: (codes: RecoveryCodes) => void;
  onClose: () => void;
}

/** Sets up a password and its authenticator together. Takes effect with the first code. */
export function NewPassword({ login, onMade, onClose }: NewPasswordProps) {
  const askProof = useReauth();
  const [isDifferent, setIsDifferent] = useState(false);
  const begin = useMutation({
    mutationFn: async (asked: { login: string; password: string }) => {
      const proof = await askProof(t("Anyone who has the password and its authenticator can sign in as you."));
      return proof === undefined ? undefined : beginPassword(asked.login, asked.password, proof);
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = twice(form);
    setIsDifferent(password === undefined);
    if (password !== undefined) begin.mutate({ login: textOf(form, "login"), password });
  }
  if (begin.data !== undefined) {
    return <Authenticator setup={begin.data} onMade={onMade} onClose={onClose} />;
  }
  return (
    <Dialog key="password" title={t("Set up a password")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>{t("You also need an authenticator app on your phone, for example Aegis or 2FAS.")}</p>
        {begin.error !== null && <Failure error={begin.error} />}
        <LoginField login={login} error={begin.error} />
        <NewPasswordFields label={t("Password")} error={begin.error} isDifferent={isDifferent} />
        <DialogButtons submit={t("Continue")} isPending={begin.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}

interface AuthenticatorProps extends Omit<NewPasswordProps, "login"> {
  setup: PasswordSetup;
}

function Authenticator({ setup, onMade, onClose }: AuthenticatorProps) {
  const confirm = useMutation({ mutationFn: confirmPassword, onSuccess: onMade });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    confirm.mutate(textOf(new FormData(event.currentTarget), "code"));
  }
  return (
    <Dialog key="authenticator" title={t("Set up the authenticator")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>
          <Trans
            i18nKey="Scan this code with the app, or <a>open it in an app on this device</a>."
            components={{ a: <a href={setup.uri} /> }}
          />
        </p>
        <img className="qr" src={setup.qrCode} alt={t("QR code of the secret below")} />
        <div className="secret">
          <p className="label">{t("Secret, to enter by hand")}</p>
          <code>{setup.secret.match(/.{1,4}/g)?.join(" ")}</code>
          <CopyButton text={setup.secret} label={t("Copy secret")} />
        </div>
        {confirm.error !== null && <Failure error={confirm.error} />}
        <Field
          name="code"
          label={t("First code")}
          inputMode="numeric"
          autoComplete="one-time-code"
          spellCheck={false}
          maxLength={7}
          required
          error={confirm.error}
          hint={t("The six digits that the app shows now. Nothing changes until you confirm them.")}
        />
        <DialogButtons submit={t("Confirm")} isPending={confirm.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}
