import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useRef, useState } from "react";
import { Problem } from "../api/client";
import { sentenceOf } from "./Notes";
import { t } from "../texts";

interface FailureProps {
  error: unknown;
  /** Given where a page could not be read. */
  retry?: () => void;
}

/**
 * The message of an error. A field of the same form shows its own message, and the page's head says
 * that the gateway is unreachable, so both are left out here.
 */
export function Failure({ error, retry }: FailureProps) {
  const note = useRef<HTMLDivElement>(null);
  const [atFields, setAtFields] = useState<readonly string[]>([]);
  // Only reads whether the last health check failed.
  const isOffline = useQuery({ queryKey: ["health"], enabled: false }).isError;
  useLayoutEffect(() => {
    const wrong = note.current?.closest("form")?.querySelectorAll("[aria-invalid=true]") ?? [];
    setAtFields(Array.from(wrong, (field) => field.getAttribute("name") ?? ""));
  }, [error]);
  if (retry !== undefined && isOffline && error instanceof Problem && error.status === 0) return null;
  const fields = error instanceof Problem ? Object.entries(error.fields) : [];
  const others = fields.filter(([name]) => !atFields.includes(name));
  return (
    <div ref={note} role="alert" className="note bad">
      {fields.length === 0 && <p>{sentenceOf(error)}</p>}
      {others.length < fields.length && <p>{t("Check the marked fields.")}</p>}
      {others.map(([name, message]) => (
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
