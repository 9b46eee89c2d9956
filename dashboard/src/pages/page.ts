import type { Merchant } from "../api/types";

export interface PageProps {
  merchant: Merchant;
  /** The path after the page's own part: `/sessions/abc` → `abc`. */
  rest: string;
}
