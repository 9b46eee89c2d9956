import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { beginPassword, confirmPassword } from "../api/gateway";
import type { PasswordSetup, RecoveryCodes } from "../api/types";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { Field, passwordOf, textOf } from "../ui/Field";
import { Failure } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";

const NO_MATCH = "The two passwords are not the same. Type them again.";

/** A password typed twice; undefined if it was not the same twice. */
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
        hint="At least 12 characters; a sentence that only you would say is a good one."
      />
      <Field
        name="again"
        label="The same once more"
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
      label="Login"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      minLength={3}
      maxLength={64}
      required
      defaultValue={login}
      error={error}
      hint="An e-mail address or another name; nothing is sent to it."
    />
  );
}

interface NewPasswordProps {
  /** The present one, or a first proposal. */
  login: string | undefined;
  onMade: (codes: RecoveryCodes) => void;
  onClose: () => void;
}

/** Sets a password with its authenticator up: both at once, and nothing before its first code. */
export function NewPassword({ login, onMade, onClose }: NewPasswordProps) {
  const askProof = useReauth();
  const [isDifferent, setIsDifferent] = useState(false);
  const begin = useMutation({
    mutationFn: async (asked: { login: string; password: string }) => {
      const proof = await askProof("Whoever holds the password and its authenticator can sign in as you.");
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
    <Dialog key="password" title="A password for the dashboard" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>Beside it you need an authenticator app on your phone, such as Aegis or 2FAS.</p>
        {begin.error !== null && <Failure error={begin.error} />}
        <LoginField login={login} error={begin.error} />
        <NewPasswordFields label="Password" error={begin.error} isDifferent={isDifferent} />
        <div className="row">
          <button type="submit" className="button main" disabled={begin.isPending}>
            Go on
          </button>
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
        </div>
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
    <Dialog key="authenticator" title="Your authenticator" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>
          Scan this with the app, or <a href={setup.uri}>open it in an app on this device</a>.
        </p>
        <img className="qr" src={setup.qrCode} alt="QR code with the secret that stands below it" />
        <div className="secret">
          <p className="label">Secret, to be typed in where nothing can be scanned</p>
          <code>{setup.secret.match(/.{1,4}/g)?.join(" ")}</code>
          <CopyButton text={setup.secret} label="Copy the secret" />
        </div>
        {confirm.error !== null && <Failure error={confirm.error} />}
        <Field
          name="code"
          label="First code"
          inputMode="numeric"
          autoComplete="one-time-code"
          spellCheck={false}
          maxLength={7}
          required
          error={confirm.error}
          hint="The six digits that the app shows now. Before them, nothing is changed."
        />
        <div className="row">
          <button type="submit" className="button main" disabled={confirm.isPending}>
            Confirm
          </button>
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
        </div>
      </form>
    </Dialog>
  );
}
