import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { Boundary } from "./ui/Boundary";
import "./styles.css";

// Without one of these the pages would never load. The text of index.html then stays on screen.
const NEEDED = ["AbortController", "fetch", "Intl", "URLSearchParams", "WebSocket"];

if (NEEDED.every((name) => name in window)) start();

function start(): void {
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <Boundary>
        <App />
      </Boundary>
    </StrictMode>,
  );
}
