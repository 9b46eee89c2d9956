import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { loadLanguage, preferredLanguage } from "./texts";
import { Boundary } from "./ui/Boundary";
import "./styles.css";

// Without one of these the pages would never load. The text of index.html then stays on screen.
const NEEDED = ["AbortController", "fetch", "Intl", "URLSearchParams", "WebSocket"];

if (NEEDED.every((name) => name in window)) void start();

async function start(): Promise<void> {
  // Without its catalogue the dashboard is in English.
  await loadLanguage(preferredLanguage()).catch(() => undefined);
  const { App } = await import("./App");
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <Boundary>
        <App />
      </Boundary>
    </StrictMode>,
  );
}
