import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vitest/config";
import { localesModule } from "./build/locales.ts";
import { pageCss, stylesModule } from "./build/page-css.ts";

/** What the widget may weigh, gzipped: a shop's page pays for every byte of it. */
const MAX_GZIPPED_BYTES = 30_000;

const LOCALES = "virtual:locales";

/** The texts of `web/locales`, which the hosted page reads as well, as one compact module. */
function locales(): Plugin {
  return {
    name: "kasgate-locales",
    resolveId: (id) => (id === LOCALES ? `\0${LOCALES}` : undefined),
    load: (id) => (id === `\0${LOCALES}` ? localesModule() : undefined),
  };
}

function compactStyles(): Plugin {
  return {
    name: "kasgate-compact-styles",
    load: (id) => (id.endsWith("/src/styles.ts") ? stylesModule() : undefined),
  };
}

/** The widget's looks as a style sheet for the hosted page, which is drawn before any script runs. */
function pageStyles(): Plugin {
  return {
    name: "kasgate-page-styles",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "kasgate.css", source: pageCss() });
    },
  };
}

/** Weighs what was written, as a gateway compresses it. */
function weight(): Plugin {
  return {
    name: "kasgate-weight",
    writeBundle({ dir = "." }) {
      // As web/pages/static_files.py does it.
      const how = { level: 9, memLevel: 6 };
      const bytes = gzipSync(readFileSync(`${dir}/kasgate.js`), how).length;
      const said = `kasgate.js has ${bytes} bytes gzipped, ${MAX_GZIPPED_BYTES} are allowed`;
      if (bytes > MAX_GZIPPED_BYTES) this.error(said);
    },
  };
}

export default defineConfig({
  plugins: [locales(), compactStyles(), pageStyles(), weight()],
  build: {
    // Of it only class fields and private methods are used: docs/widget.md says which browsers have
    // them. Written otherwise they do not fit into the weight. A browser that can't read the script
    // keeps what the server drew.
    target: "es2022",
    reportCompressedSize: false,
    outDir: "../web/static/widget",
    emptyOutDir: true,
    rolldownOptions: { output: { generatedCode: { symbols: false } } },
    lib: { entry: "src/index.ts", formats: ["iife"], name: "KasGate", fileName: () => "kasgate.js" },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
