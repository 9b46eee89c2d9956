import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { previewXpub } from "../api/gateway";
import type { Merchant, XpubPreview } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { Field, textOf } from "../ui/Field";
import { Done, Failure } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { AddressCheck } from "./AddressCheck";
import { useProfileChange } from "./useProfileChange";

/** The wallet's extended public key: another one is compared with the wallet before it is taken. */
export function WalletKey({ merchant }: { merchant: Merchant }) {
  const askKey = useReauth();
  const [looked, setLooked] = useState<{ xpub: string; preview: XpubPreview }>();
  const look = useMutation({
    mutationFn: async (xpub: string) => ({ xpub, preview: await previewXpub(xpub) }),
    onSuccess: setLooked,
  });
  const change = useProfileChange();

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    look.mutate(textOf(new FormData(event.currentTarget), "xpub"));
  }
  async function take(xpub: string): Promise<void> {
    setLooked(undefined);
    const key = await askKey("From now on, new sessions are paid to the wallet of this other key.");
    if (key !== undefined) change.mutate({ body: { xpub }, reauth: key });
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>Wallet</h2>
      <p className="quiet">
        {merchant.nextAddressIndex.toLocaleString()} addresses of your extended public key are used.
        Sessions that exist keep their addresses if you change it.
      </p>
      {look.error !== null && <Failure error={look.error} />}
      {change.error !== null && <Failure error={change.error} />}
      {change.isSuccess && <Done>New sessions are paid to the new key's addresses.</Done>}
      {change.data?.warnings?.map((warning) => (
        <p key={warning} className="note warn">
          {warning}
        </p>
      ))}
      <Field
        name="xpub"
        label="Another extended public key"
        autoComplete="off"
        spellCheck={false}
        required
        hint="kpub…, xpub…, ktub… or tpub… of an account; never a private key"
      />
      <button type="submit" className="button" disabled={look.isPending}>
        Show its addresses…
      </button>
      {looked !== undefined && (
        <Dialog title="Compare with your wallet" onClose={() => setLooked(undefined)}>
          <AddressCheck preview={looked.preview} />
          <div className="row">
            <button type="button" className="button main" onClick={() => void take(looked.xpub)}>
              They match: take this key
            </button>
            <button type="button" className="button" onClick={() => setLooked(undefined)}>
              Leave it
            </button>
          </div>
        </Dialog>
      )}
    </form>
  );
}
