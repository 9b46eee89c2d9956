import { useMutation, useQueryClient } from "@tanstack/react-query";
import { changeProfile } from "../api/gateway";
import type { Proof } from "../api/client";
import type { Merchant, SignedIn } from "../api/types";

export interface Change {
  body: object;
  reauth?: Proof;
}

/** Changes the profile and updates it on every page. */
export function useProfileChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ body, reauth }: Change) => changeProfile(body, reauth),
    onSuccess: (merchant: Merchant) => {
      queries.setQueryData(["profile"], merchant);
      queries.setQueryData(["signedIn"], (before: SignedIn | null | undefined) =>
        before ? { ...before, merchant } : before,
      );
      void queries.invalidateQueries({ queryKey: ["audit"] });
    },
  });
}
