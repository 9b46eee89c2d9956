import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { newApiKey } from "../api/gateway";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { Secrets } from "../ui/Secrets";

export function Keys() {
  const askProof = useReauth();
  const queries = useQueryClient();
  const [made, setMade] = useState<string>();
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => {
      const proof = await askProof("The key that you have now stops working at once, in your shop too.");
      return proof === undefined ? undefined : newApiKey(proof);
    },
    onSuccess: (answer) => {
      setMade(answer?.apiKey);
      void queries.invalidateQueries({ queryKey: ["audit"] });
    },
  });
  return (
    <section className="card" aria-labelledby="keys">
      <h2 id="keys">API key</h2>
      {error !== null && <Failure error={error} />}
      <p className="quiet">
        Lost it, or showed it to somebody? A new one takes its place. Put it into your shop at once:
        until then your shop can't ask for payments. The signing secret is on the Webhooks page.
      </p>
      <button type="button" className="button" disabled={isPending} onClick={() => mutate()}>
        New API key…
      </button>
      {made !== undefined && (
        <Dialog title="Your new API key" onClose={() => setMade(undefined)}>
          <Secrets secrets={[["KASGATE_API_KEY", made]]} file="kasgate-api-key.txt" />
          <button type="button" className="button main" onClick={() => setMade(undefined)}>
            I have kept it
          </button>
        </Dialog>
      )}
    </section>
  );
}
