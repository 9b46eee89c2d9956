import type { WayIn } from "../api/types";
import { Field } from "./Field";
import { t } from "../texts";

const WAYS: [way: WayIn, name: string][] = [
  ["api_key", t("API key")],
  ["password", t("Password")],
];

/** The choice between API key and password. */
export function WayInChoice({ way, onChoose }: { way: WayIn; onChoose: (way: WayIn) => void }) {
  return (
    <div className="choice plain" role="group" aria-label={t("Sign in with")}>
      {WAYS.map(([each, name]) => (
        <button
          key={each}
          type="button"
          className="button"
          aria-pressed={each === way}
          onClick={() => onChoose(each)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/** The fields of a form that asks for the existing password. */
export function PasswordFields() {
  return (
    <>
      <Field
        name="password"
        label={t("Password")}
        type="password"
        autoComplete="current-password"
        required
        data-focus
      />
      <Field
        name="code"
        label={t("Code")}
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={40}
        required
        hint={t("The six digits from your authenticator, or a recovery code. Each works once.")}
      />
    </>
  );
}
