import { useId, type InputHTMLAttributes, type ReactNode } from "react";
import { Problem } from "../api/client";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  hint?: ReactNode;
  /** The error of the last submit; its message about this field is shown here. */
  error?: unknown;
}

/** A labelled input with its hint, or with the gateway's error message. */
export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId();
  const wrong = error instanceof Problem ? error.fields[input.name] : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        {...input}
        aria-invalid={wrong === undefined ? undefined : true}
        aria-describedby={`${id}-hint`}
      />
      <p id={`${id}-hint`} className={wrong === undefined ? "quiet" : "wrong"}>
        {wrong ?? hint}
      </p>
    </div>
  );
}

/** A text of a submitted form, trimmed. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** A password of a submitted form, untrimmed: spaces are part of it. */
export function passwordOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
