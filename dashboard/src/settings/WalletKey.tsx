import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { addresses, ADDRESSES_EXPORT, previewXpub } from "../api/gateway";
import type { XpubPreview } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { Done } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { AddressCheck } from "./AddressCheck";
import { useProfileChange } from "./useProfileChange";
import { number, t } from "../texts";

/** Most wallets stop scanning after this many unused addresses in a row. */
const USUAL_GAP_LIMIT = 20;

/** Changes the wallet's extended public key, after the merchant has compared its addresses. */
export function WalletKey() {
  const askProof = useReauth();
  const [looked, setLooked] = useState<{ xpub: string; preview: XpubPreview }>();
  const look = useMutation({
    mutationFn: async (xpub: string) => ({ xpub, preview: await previewXpub(xpub) }),
    onSuccess: setLooked,
  });
  const change = useProfileChange();
  const used = useQuery({ queryKey: ["addresses"], queryFn: ({ signal }) => addresses(signal) });

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    look.mutate(textOf(new FormData(event.currentTarget), "xpub"));
  }
  async function take(xpub: string): Promise<void> {
    setLooked(undefined);
    const proof = await askProof(t("From now on, new payments go to the wallet of the new key."));
    if (proof !== undefined) change.mutate({ body: { xpub }, reauth: proof });
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>{t("Wallet")}</h2>
      {used.error !== null && <Failure error={used.error} retry={() => void used.refetch()} />}
      {used.data !== undefined && (
        <dl>
          <dt>{t("Addresses assigned")}</dt>
          <dd>{number(used.data.nextAddressIndex)}</dd>
          <dt>{t("Most unpaid in a row")}</dt>
          <dd>{number(used.data.unpaidInARow)}</dd>
        </dl>
      )}
      {used.data !== undefined && used.data.unpaidInARow >= USUAL_GAP_LIMIT && (
        <p className="note warn">
          {t("Your wallet may stop scanning after {{limit, number}} unused addresses. Raise its gap limit above {{unpaid, number}}, or import the addresses.", { limit: USUAL_GAP_LIMIT, unpaid: used.data.unpaidInARow })}
        </p>
      )}
      <a className="button small" href={ADDRESSES_EXPORT} download>
        {t("Export addresses")}
      </a>
      <p className="quiet">{t("Existing payments keep their addresses if you change the key.")}</p>
      {look.error !== null && <Failure error={look.error} />}
      {change.error !== null && <Failure error={change.error} />}
      {change.isSuccess && <Done>{t("The key was changed. New payments go to its addresses.")}</Done>}
      {change.data?.warnings?.map((warning) => (
        <p key={warning} className="note warn">
          {warning}
        </p>
      ))}
      <Field
        name="xpub"
        label={t("New extended public key")}
        autoComplete="off"
        spellCheck={false}
        required
        hint={t("Begins with kpub, xpub, ktub or tpub. Never enter a private key.")}
      />
      <button type="submit" className="button" disabled={look.isPending}>
        {t("Show addresses…")}
      </button>
      {looked !== undefined && (
        <Dialog title={t("Compare with your wallet")} onClose={() => setLooked(undefined)}>
          <AddressCheck preview={looked.preview} />
          <div className="row">
            <button type="button" className="button main" onClick={() => void take(looked.xpub)}>
              {t("Confirm and change key")}
            </button>
            <button type="button" className="button" onClick={() => setLooked(undefined)}>
              {t("Cancel")}
            </button>
          </div>
        </Dialog>
      )}
    </form>
  );
}
