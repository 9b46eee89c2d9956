import { useId, type FormEvent } from "react";
import type { NewKey, Scope } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { SCOPES } from "./scopes";
import { t } from "../texts";

const MAX_NAME = 60;

interface DialogProps<Answer> {
  error: unknown;
  isBusy: boolean;
  onSubmit: (answer: Answer) => void;
  onClose: () => void;
}

function formOf(event: FormEvent<HTMLFormElement>): FormData {
  event.preventDefault();
  return new FormData(event.currentTarget);
}

/** Asks for the name and the scope of a new key. */
export function NewKeyDialog({ error, isBusy, onSubmit, onClose }: DialogProps<NewKey>) {
  const id = useId();
  function submit(event: FormEvent<HTMLFormElement>): void {
    const form = formOf(event);
    onSubmit({ name: textOf(form, "keyName"), scope: textOf(form, "scope") as Scope });
  }
  return (
    <Dialog title={t("New API key")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {error !== null && <Failure error={error} />}
        <Field
          name="keyName"
          label={t("Name")}
          required
          maxLength={MAX_NAME}
          autoFocus
          placeholder={t("Web shop")}
          hint={t("The purpose of the key. The audit log shows this name.")}
        />
        <fieldset>
          <legend>{t("Permissions")}</legend>
          {(Object.keys(SCOPES) as Scope[]).map((scope) => (
            <div className="check" key={scope}>
              <input
                type="radio"
                name="scope"
                value={scope}
                id={`${id}-${scope}`}
                defaultChecked={scope === "create"}
                aria-describedby={`${id}-${scope}-means`}
              />
              <div>
                <label htmlFor={`${id}-${scope}`}>{SCOPES[scope].label}</label>
                <p className="quiet" id={`${id}-${scope}-means`}>
                  {SCOPES[scope].means}
                </p>
              </div>
            </div>
          ))}
        </fieldset>
        <Choice label={t("Create key")} isBusy={isBusy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

/** Asks for a new name of a key. */
export function KeyNameDialog({
  name,
  error,
  isBusy,
  onSubmit,
  onClose,
}: DialogProps<string> & { name: string }) {
  return (
    <Dialog title={t("Rename {{name}}", { name })} onClose={onClose}>
      <form className="stack" onSubmit={(event) => onSubmit(textOf(formOf(event), "keyName"))}>
        {error !== null && <Failure error={error} />}
        <Field name="keyName" label={t("Name")} required maxLength={MAX_NAME} autoFocus defaultValue={name} />
        <Choice label={t("Rename")} isBusy={isBusy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Choice({ label, isBusy, onClose }: { label: string; isBusy: boolean; onClose: () => void }) {
  return (
    <div className="row">
      <button type="submit" className="button main" disabled={isBusy}>
        {label}
      </button>
      <button type="button" className="button" onClick={onClose}>
        {t("Cancel")}
      </button>
    </div>
  );
}
