/** Messages of a page: loading, error, success, empty list. */

import type { ReactNode } from "react";
import { Problem } from "../api/client";

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
          Try again
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

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="quiet">
      Loading {what}…
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
