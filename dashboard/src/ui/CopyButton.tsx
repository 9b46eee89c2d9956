import { useEffect, useState } from "react";
import { t } from "../texts";

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "unseen";
  // While a modal dialog is open, only text inside it can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

/** Falls back to a selection, since the Clipboard API needs TLS. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

const SHOWN_MS = 2500;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const press = async (): Promise<void> =>
    setSaid((await copy(text)) ? t("Copied") : t("Copy failed: select the text"));
  return (
    <button type="button" className="button small" onClick={() => void press()}>
      <span aria-live="polite">{said === "" ? label : said}</span>
    </button>
  );
}
