import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { health, signOut } from "./api/gateway";
import type { Merchant } from "./api/types";
import { useLiveEvents } from "./live";
import { Link, type Place } from "./router";
import { Failure } from "./ui/Notes";

const HEALTH_MS = 15_000;

const MENU: [path: string, name: string][] = [
  ["/", "Overview"],
  ["/sessions", "Sessions"],
  ["/webhooks", "Webhooks"],
  ["/integration", "Integration"],
  ["/settings", "Settings"],
];

interface ShellProps {
  merchant: Merchant;
  place: Place;
  onSignedOut: () => void;
  children: ReactNode;
}

/** What stands around each page: the menu, whose dashboard it is, and whether all is well. */
export function Shell({ merchant, place, onSignedOut, children }: ShellProps) {
  const line = useLiveEvents();
  const leaving = useMutation({ mutationFn: signOut, onSuccess: onSignedOut });
  const section = `/${place.path.split("/")[1] ?? ""}`;
  const title = MENU.find(([path]) => path === section)?.[1] ?? "Dashboard";
  useEffect(() => {
    document.title = `${title} · ${merchant.name} · KasGate`;
  }, [title, merchant.name]);
  return (
    <>
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <header>
        <p className="brand">
          <strong>KasGate</strong> <span>{merchant.name}</span>
        </p>
        <nav aria-label="Pages">
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
          Sign out
        </button>
      </header>
      <main id="page" tabIndex={-1}>
        {leaving.error !== null && <Failure error={leaving.error} />}
        <Trouble isLost={line === "lost"} />
        {children}
      </main>
    </>
  );
}

/** Nothing while all is well. */
function Trouble({ isLost }: { isLost: boolean }) {
  const { data, isError } = useGatewayHealth();
  const node = data?.checks["rpc"]?.status;
  let words: string | undefined;
  if (isError) words = "The gateway cannot be reached. What you see may be old; it is tried again.";
  else if (node !== undefined && node !== "ok") {
    words = "The gateway's Kaspa node is away or behind. Payments are safe and appear once it is back.";
  } else if (isLost) words = "The live line is broken and is being tried again. Reload to see what is new.";
  if (words === undefined) return null;
  return (
    <p role="status" className="note warn">
      {words}
    </p>
  );
}

/** The gateway's health, asked for every quarter of a minute while the page is looked at. */
export function useGatewayHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => health(signal),
    refetchInterval: HEALTH_MS,
  });
}
