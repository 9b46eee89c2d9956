import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// Where `npx vite` finds a gateway; the built dashboard is served by the gateway itself.
const gateway = loadEnv("", ".", "KASGATE_")["KASGATE_BASE_URL"] ?? "http://127.0.0.1:3001";
// It lets nobody sign in from another page than its own.
const proxied = { target: gateway, headers: { Origin: new URL(gateway).origin } };

export default defineConfig(({ command }) => ({
  // The gateway puts its own address into the page: it may be under a path that no build knows.
  base: command === "build" ? "./" : "/dashboard/",
  plugins: [react()],
  resolve: { tsconfigPaths: true },
  build: { outDir: "../web/static/dashboard", emptyOutDir: true, target: "es2022" },
  server: {
    fs: { allow: [".."] },
    proxy: { "/api": proxied, "/health": gateway, "/ws": { ...proxied, ws: true } },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"], testTimeout: 20_000 },
}));
