import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Merchant } from "../api/types";
import { gatewayUrl } from "../place";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Notes";
import { language, t } from "../texts";
import { sampleOf, STATES, type Branding, type State } from "./samples";

const THEMES = ["light", "dark"] as const;
type Theme = (typeof THEMES)[number];

/** `<kasgate-widget>`, as far as the preview needs it. */
interface Widget extends HTMLElement {
  preview: (session: object) => void;
}

const stateNames = (): Record<State, string> => ({
  waiting: t("Waiting"),
  partial: t("Part paid"),
  confirming: t("Confirming"),
  paid: t("Paid"),
  expired: t("Expired"),
  cancelled: t("Cancelled"),
});
const themeNames = (): Record<Theme, string> => ({ light: t("Light"), dark: t("Dark") });

/** Defines the widget's element with the script that shops load, so that the preview shows the same. */
async function loadWidget(): Promise<true> {
  if (customElements.get("kasgate-widget") === undefined) {
    await import(/* @vite-ignore */ `${gatewayUrl()}/widget/kasgate.js`);
  }
  return true;
}

/** The checkout in each state, drawn by the widget itself. */
export function Preview({ merchant, branding }: { merchant: Merchant; branding: Branding }) {
  const [state, setState] = useState<State>("waiting");
  const [theme, setTheme] = useState<Theme>("light");
  const loaded = useQuery({ queryKey: ["widget"], queryFn: loadWidget, staleTime: Infinity, retry: false });
  return (
    <section className="card" aria-labelledby="preview">
      <h2 id="preview">{t("Preview")}</h2>
      <Choice label={t("State")} all={STATES} names={stateNames()} chosen={state} choose={setState} />
      <Choice label={t("Theme")} all={THEMES} names={themeNames()} chosen={theme} choose={setTheme} />
      {loaded.error !== null && <Failure error={loaded.error} retry={() => void loaded.refetch()} />}
      {loaded.isPending && <Loading />}
      {loaded.data && (
        <Checkout key={theme} theme={theme} session={sampleOf(state, merchant, branding)} state={stateNames()[state]} />
      )}
      <p className="quiet">{t("This is an example. Nobody can pay it.")}</p>
    </section>
  );
}

interface ChoiceProps<Name extends string> {
  label: string;
  all: readonly Name[];
  names: Record<Name, string>;
  chosen: Name;
  choose: (name: Name) => void;
}

function Choice<Name extends string>({ label, all, names, chosen, choose }: ChoiceProps<Name>) {
  return (
    <div className="chips" role="group" aria-label={label}>
      {all.map((name) => (
        <button key={name} type="button" className="button small" aria-pressed={name === chosen} onClick={() => choose(name)}>
          {names[name]}
        </button>
      ))}
    </div>
  );
}

function Checkout({ theme, session, state }: { theme: Theme; session: object; state: string }) {
  const place = useRef<HTMLDivElement>(null);
  const content = JSON.stringify(session);
  useEffect(() => {
    // A new element each time, since the widget keeps what it showed before.
    const widget = document.createElement("kasgate-widget") as Widget;
    widget.setAttribute("api-url", gatewayUrl());
    widget.setAttribute("theme", theme);
    widget.setAttribute("lang", language());
    place.current?.replaceChildren(widget);
    widget.preview(JSON.parse(content) as object);
  }, [theme, content]);
  return (
    <figure className={`checkout ${theme}`} role="img" aria-label={t("The checkout in the state “{{state}}”", { state })}>
      <div ref={place} inert />
    </figure>
  );
}
