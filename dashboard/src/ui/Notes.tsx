/** Messages of a page: loading, error, success, empty list. */

import type { ReactNode } from "react";
import { Problem } from "../api/client";
import { t } from "../texts";

/** The message of any thrown value. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const fields = error instanceof Problem ? Object.entries(error.fields) : [];
  return (
    <div role="alert" className="note bad">
      {fields.length === 0 && <p>{sentenceOf(error)}</p>}
      {fields.map(([name, message]) => (
        <p key={name}>
          {name}: {message}
        </p>
      ))}
      {retry !== undefined && (
        <button type="button" className="button" onClick={retry}>
          {t("Try again")}
        </button>
      )}
    </div>
  );
}

export function Done({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="note good">
      {children}
    </p>
  );
}

export function Loading() {
  return (
    <p role="status" className="quiet">
      {t("Loading…")}
    </p>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}
