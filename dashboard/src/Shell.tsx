import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { isAbsence } from "./api/client";
import { signOut } from "./api/gateway";
import type { Merchant } from "./api/types";
import { useLiveEvents } from "./live";
import { Link, type Place } from "./router";
import { useGatewayHealth } from "./ui/health";
import { LanguageChoice } from "./ui/LanguageChoice";
import { TimeZoneChoice } from "./ui/TimeZoneChoice";
import { Failure } from "./ui/Failure";
import { t } from "./texts";

const MENU: [path: string, name: string][] = [
  ["/", t("Overview")],
  ["/sessions", t("Payments")],
  ["/webhooks", t("Webhooks")],
  ["/exports", t("Exports")],
  ["/integration", t("Integration")],
  ["/settings", t("Settings")],
];

interface ShellProps {
  merchant: Merchant;
  place: Place;
  onSignedOut: () => void;
  children: ReactNode;
}

/** The frame of every page: the menu, the merchant's name, and a warning when something is wrong. */
export function Shell({ merchant, place, onSignedOut, children }: ShellProps) {
  const line = useLiveEvents();
  const leaving = useMutation({ mutationFn: signOut, onSuccess: onSignedOut });
  const section = `/${place.path.split("/")[1] ?? ""}`;
  const title = MENU.find(([path]) => path === section)?.[1] ?? t("Dashboard");
  // On a narrow screen the menu is folded.
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    document.title = `${title} · ${merchant.name} · KasGate`;
  }, [title, merchant.name, place.path]);
  useEffect(() => setIsOpen(false), [place]);
  useRefetchOnReturn();
  return (
    <>
      <a className="skip" href="#page">
        {t("Skip to content")}
      </a>
      <header>
        <p className="brand">
          <strong>KasGate</strong> <span>{merchant.name}</span>
        </p>
        <button
          type="button"
          className="button fold"
          aria-expanded={isOpen}
          aria-controls="menu"
          onClick={() => setIsOpen(!isOpen)}
        >
          {t("Menu")}
        </button>
        <div id="menu" className={isOpen ? "open" : ""}>
        <nav aria-label={t("Pages")}>
          {MENU.map(([path, name]) => (
            <Link key={path} to={path} current={path === section}>
              {name}
            </Link>
          ))}
        </nav>
        <button
          type="button"
          className="button"
          disabled={leaving.isPending}
          onClick={() => leaving.mutate()}
        >
          {t("Sign out")}
        </button>
        </div>
      </header>
      <main id="page" tabIndex={-1}>
        {leaving.error !== null && <Failure error={leaving.error} />}
        <Trouble isLost={line === "lost"} />
        {children}
        <TimeZoneChoice />
        <LanguageChoice />
      </main>
    </>
  );
}

/** Loads what could not be loaded while the gateway was unreachable. */
function useRefetchOnReturn(): void {
  const { isError } = useGatewayHealth();
  const queries = useQueryClient();
  useEffect(() => {
    if (!isError) void queries.refetchQueries({ predicate: ({ state }) => state.status === "error" && !isAbsence(state.error) });
  }, [isError, queries]);
}

/** A warning about the gateway, its node or the live updates. Renders nothing when all three work. */
function Trouble({ isLost }: { isLost: boolean }) {
  const { data, isError } = useGatewayHealth();
  const node = data?.checks["rpc"]?.status;
  let words: string | undefined;
  if (isError) words = t("The gateway cannot be reached. This page may be out of date. The dashboard keeps trying to reconnect.");
  else if (node !== undefined && node !== "ok") {
    words = t("The gateway's Kaspa node is offline or behind. Payments are safe and appear when it has caught up.");
  } else if (isLost) words = t("Live updates are interrupted and the dashboard is reconnecting. Reload the page to see the latest data.");
  if (words === undefined) return null;
  return (
    <p role="status" className="note warn">
      {words}
    </p>
  );
}
