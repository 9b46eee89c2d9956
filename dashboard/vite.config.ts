import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// The gateway for `npx vite`. A gateway serves the built dashboard itself.
const gateway = loadEnv("", ".", "KASGATE_")["KASGATE_BASE_URL"] ?? "http://127.0.0.1:3001";
// The gateway accepts sign-ins only from its own origin.
const proxied = { target: gateway, headers: { Origin: new URL(gateway).origin } };

export default defineConfig(({ command }) => ({
  // The gateway writes its path into the page, since the build cannot know it.
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
