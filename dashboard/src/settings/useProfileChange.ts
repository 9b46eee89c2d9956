import { useMutation, useQueryClient } from "@tanstack/react-query";
import { changeProfile, removeLogo, uploadLogo } from "../api/gateway";
import type { Proof } from "../api/client";
import type { Merchant, SignedIn } from "../api/types";

export interface Change {
  body: object;
  reauth?: Proof;
}

/** Updates the profile on every page. */
function useShowProfile(): (merchant: Merchant) => void {
  const queries = useQueryClient();
  return (merchant) => {
    queries.setQueryData(["profile"], merchant);
    queries.setQueryData(["signedIn"], (before: SignedIn | null | undefined) =>
      before ? { ...before, merchant } : before,
    );
    void queries.invalidateQueries({ queryKey: ["audit"] });
  };
}

/** Changes the profile and updates it on every page. */
export function useProfileChange() {
  const onSuccess = useShowProfile();
  return useMutation({ mutationFn: ({ body, reauth }: Change) => changeProfile(body, reauth), onSuccess });
}

/** Uploads the logo, or removes it for null, and updates the profile on every page. */
export function useLogoChange() {
  const onSuccess = useShowProfile();
  return useMutation({
    mutationFn: (file: Blob | null) => (file === null ? removeLogo() : uploadLogo(file)),
    onSuccess,
  });
}
