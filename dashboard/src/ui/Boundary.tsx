/** Shows an error in place of a part that failed; without it React would remove the whole page. */

import { Component, type ReactNode } from "react";
import { sentenceOf } from "./Notes";
import { t } from "../texts";

interface Props {
  children: ReactNode;
}

export class Boundary extends Component<Props, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (!("error" in this.state)) return this.props.children;
    return (
      <section className="card" role="alert">
        <h1>{t("This page could not be shown")}</h1>
        <p>
          {t("A part of the page could not be loaded, or this browser lacks a feature that the page needs. Reload the page. If that does not help, use a newer browser. Your payments are not affected.")}
        </p>
        <p className="quiet">{sentenceOf(this.state.error)}</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          {t("Reload")}
        </button>
      </section>
    );
  }
}
