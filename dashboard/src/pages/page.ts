import type { Merchant } from "../api/types";

/** What each page is given. */
export interface PageProps {
  merchant: Merchant;
  /** The path after the page's own part: `/sessions/abc` → `abc`. */
  rest: string;
}
