/** The address of the gateway that serves this dashboard. It may include a path. */

const written = document.querySelector('meta[name="kasgate-path"]');

/** The prefix of all the gateway's paths: empty, or for example `/kasgate`. The gateway writes it into the page. */
export const BASE_PATH = written?.getAttribute("content") ?? "";

/** The gateway's address, as shops and snippets use it. */
export const gatewayUrl = (): string => location.origin + BASE_PATH;
