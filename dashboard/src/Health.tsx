import { useEffect, useState } from "react";
import { readiness, type Readiness } from "./api";

const PERIOD_MS = 15_000;

/** Whether the gateway's node and database are usable, asked anew while the tab is looked at. */
export function Health() {
  const [state, setState] = useState<Readiness>();

  useEffect(() => {
    const abort = new AbortController();
    const ask = (): void => {
      if (document.visibilityState === "hidden") return;
      readiness(abort.signal).then(setState, (error: unknown) => {
        if (!abort.signal.aborted) throw error;
      });
    };
    ask();
    const timer = setInterval(ask, PERIOD_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, []);

  if (state === undefined) return <p role="status">…</p>;
  if (state.isReady) return <p role="status">● Node and database ready</p>;
  return <p role="status">○ Not ready{state.error === undefined ? "" : `: ${state.error}`}</p>;
}
