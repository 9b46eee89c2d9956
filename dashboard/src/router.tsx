/** Client-side routing below /dashboard/, with the browser's history. */

import { useMemo, useSyncExternalStore, type MouseEvent, type ReactNode } from "react";
import { BASE_PATH } from "./place";

const BASE = `${BASE_PATH}/dashboard`;
const MOVED = "kasgate:moved";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(MOVED, listener);
  };
}

const here = (): string => location.pathname + location.search;

export interface Place {
  /** The path without the base: `/sessions/…`. */
  path: string;
  query: URLSearchParams;
}

/** The current location. Rerenders the component when it changes. */
export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, here);
  return useMemo(() => {
    const url = new URL(address, location.origin);
    const path = url.pathname.slice(BASE.length).replace(/\/+$/, "");
    return { path: path === "" ? "/" : path, query: url.searchParams };
  }, [address]);
}

/** Goes to a page. `replace` adds no history entry; use it for filters. */
export function navigate(to: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", BASE + to);
  window.dispatchEvent(new Event(MOVED));
  if (!replace) window.scrollTo(0, 0);
}

const LINK = "#sign-in=";

/** The token of a one-time link, if the page was opened with one. It leaves the address bar and the history. */
export function takeLinkToken(): string | undefined {
  if (!location.hash.startsWith(LINK)) return undefined;
  const token = location.hash.slice(LINK.length);
  history.replaceState(null, "", here());
  return token;
}

interface LinkProps {
  to: string;
  children: ReactNode;
  className?: string;
  current?: boolean;
}

/** An ordinary link, so that opening in a new tab works. A plain click navigates without a reload. */
export function Link({ to, children, className, current = false }: LinkProps) {
  function go(event: MouseEvent): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  }
  return (
    <a href={BASE + to} className={className} aria-current={current ? "page" : undefined} onClick={go}>
      {children}
    </a>
  );
}
