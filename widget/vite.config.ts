import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    outDir: "../web/static/widget",
    emptyOutDir: true,
    lib: { entry: "src/index.ts", formats: ["iife"], name: "KasGate", fileName: () => "kasgate.js" },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
