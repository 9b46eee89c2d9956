import { useEffect, useId, useRef, type ReactNode } from "react";
import { t } from "../texts";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/**
 * A modal dialog. The browser keeps the focus inside, and Escape closes it. The first focus goes to
 * the element with data-focus, otherwise to the first focusable element.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    if (shown !== null && !shown.open) shown.showModal();
    shown?.querySelector<HTMLElement>("[data-focus]")?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}

interface DialogButtonsProps {
  submit: string;
  /** The label of the button that only closes the dialog. */
  stay?: string;
  isPending: boolean;
  onClose: () => void;
}

/** The buttons at the end of a dialog's form: one submits it, the other closes the dialog. */
export function DialogButtons({ submit, stay = t("Cancel"), isPending, onClose }: DialogButtonsProps) {
  return (
    <div className="row">
      <button type="submit" className="button main" disabled={isPending}>
        {submit}
      </button>
      <button type="button" className="button" onClick={onClose}>
        {stay}
      </button>
    </div>
  );
}
