/** Messages of a page: loading, success, empty list. */

import type { ReactNode } from "react";
import { t } from "../texts";

/** The message of any thrown value. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
