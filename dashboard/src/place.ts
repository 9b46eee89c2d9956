/** Where the gateway is that serves this dashboard; its public address may have a path. */

const written = document.querySelector('meta[name="kasgate-path"]');

/** The path before the gateway's own paths: empty, or such as `/kasgate`. The gateway writes it. */
export const BASE_PATH = written?.getAttribute("content") ?? "";

/** The gateway's address, as shops and snippets use it. */
export const gatewayUrl = (): string => location.origin + BASE_PATH;
