import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vitest/config";
import { localesModule, readLocales } from "./build/locales.ts";
import { pageCss, stylesModule } from "./build/page-css.ts";

/** The limit for the gzipped widget, since every shop page loads it. */
const MAX_GZIPPED_BYTES = 20_000;

const LOCALES = "virtual:locales";

/**
 * The texts of `web/locales`, which the hosted page uses too. English is part of the script. Each other
 * language is a file that the script loads, unless the hosted page was delivered with it.
 */
function locales(): Plugin {
  return {
    name: "kasgate-locales",
    resolveId: (id) => (id === LOCALES ? `\0${LOCALES}` : undefined),
    load: (id) => (id === `\0${LOCALES}` ? localesModule() : undefined),
    generateBundle() {
      for (const [code, texts] of readLocales()) {
        if (code === "en") continue;
        this.emitFile({ type: "asset", fileName: `locales/${code}.json`, source: JSON.stringify(texts) });
      }
    },
  };
}

function compactStyles(): Plugin {
  return {
    name: "kasgate-compact-styles",
    load: (id) => (id.endsWith("/src/styles.ts") ? stylesModule() : undefined),
  };
}

/** The widget's styles as a file for the hosted page, which is drawn before any script runs. */
function pageStyles(): Plugin {
  return {
    name: "kasgate-page-styles",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "kasgate.css", source: pageCss() });
    },
  };
}

/** Checks the size of the output, compressed as the gateway does it. */
function weight(): Plugin {
  return {
    name: "kasgate-weight",
    writeBundle({ dir = "." }) {
      // The same settings as in web/pages/static_files.py.
      const how = { level: 9, memLevel: 6 };
      const bytes = gzipSync(readFileSync(`${dir}/kasgate.js`), how).length;
      const said = `kasgate.js has ${bytes} bytes gzipped; the limit is ${MAX_GZIPPED_BYTES}`;
      if (bytes > MAX_GZIPPED_BYTES) this.error(said);
    },
  };
}

export default defineConfig({
  plugins: [locales(), compactStyles(), pageStyles(), weight()],
  build: {
    // The code uses only class fields and private methods of it; docs/widget.md lists the browsers that
    // have them. An older target exceeds the size limit. A browser that cannot parse the script keeps
    // the server's card.
    target: "es2022",
    reportCompressedSize: false,
    outDir: "../web/static/widget",
    emptyOutDir: true,
    rolldownOptions: { output: { generatedCode: { symbols: false } } },
    lib: { entry: "src/index.ts", formats: ["iife"], name: "KasGate", fileName: () => "kasgate.js" },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
